package rooms

import (
	"context"
	"fmt"
	"slices"
)

// check compares what the organizers have, the room's calendar and its bookings. fresh: nothing was freed yet, so that who was declined must
// have had somebody in the way. one: all wanted the same slot.
func (h *hall) check(ctx context.Context, fresh, one bool) error {
	booked, err := h.bookings()
	if err != nil {
		return err
	}
	if err := h.disjoint(booked); err != nil {
		return err
	}
	calendar, err := h.calendar(ctx)
	if err != nil {
		return err
	}
	accepted := 0
	for _, c := range h.clients {
		told, err := c.look(ctx)
		if err != nil {
			return err
		}
		if !told.there && fresh {
			h.unknown++
		}
		switch told.answer {
		case "ACCEPTED":
			accepted++
		case "DECLINED":
			h.declined++
		}
		if err := h.compare(c, told, calendar[c.uid], booked, fresh); err != nil {
			return fmt.Errorf("%s: %w", c.uid, err)
		}
		h.looks++
	}
	if len(booked) != accepted {
		return fmt.Errorf("%d bookings of %d who were accepted: %v", len(booked), accepted, booked)
	}
	h.accepted += accepted
	if one && accepted != min(h.capacity, len(h.clients)) {
		return fmt.Errorf("%d have the one slot that all wanted, of %d units", accepted, h.capacity)
	}
	return nil
}

// disjoint says whether no two bookings have one unit at one time, and all have one that there is.
func (h *hall) disjoint(booked []booking) error {
	for i, a := range booked {
		if a.Unit < 1 || a.Unit > h.capacity {
			return fmt.Errorf("%v is in a unit that there is not", a)
		}
		for _, b := range booked[:i] {
			if a.Unit == b.Unit && a.slot().overlaps(b.slot()) {
				return fmt.Errorf("booked twice: %v and %v", a, b)
			}
		}
	}
	return nil
}

func (b booking) slot() slot { return slot{b.Start.UTC(), b.End.UTC()} }

// compare says whether an organizer's copy, the room's copy and the bookings say the same of one event.
func (h *hall) compare(c *client, told, room said, booked []booking, fresh bool) error {
	i := slices.IndexFunc(booked, func(b booking) bool { return b.UID == c.uid })
	switch {
	case !told.there:
		if i >= 0 || room.there && !room.cancelled {
			return fmt.Errorf("the organizer has nothing, the room %+v, booked is %v", room, booked)
		}
		return nil
	case told.answer != "ACCEPTED" && told.answer != "DECLINED":
		return fmt.Errorf("the organizer is told %q", told.answer)
	case room.answer != told.answer || room.slot != told.slot || room.cancelled:
		return fmt.Errorf("the organizer has %+v, the room %+v", told, room)
	case told.answer == "ACCEPTED" && (i < 0 || booked[i].slot() != told.slot):
		return fmt.Errorf("accepted is %+v, but booked is %v", told, booked)
	case told.answer == "DECLINED" && i >= 0:
		return fmt.Errorf("declined is %+v, but booked is %v", told, booked[i])
	case told.answer == "DECLINED" && fresh && !h.inTheWay(told.slot, booked):
		return fmt.Errorf("%+v is declined, but a unit is free: %v", told, booked)
	}
	return nil
}

// inTheWay says whether each unit has a booking that overlaps s.
func (h *hall) inTheWay(s slot, booked []booking) bool {
	taken := map[int]bool{}
	for _, b := range booked {
		if b.slot().overlaps(s) {
			taken[b.Unit] = true
		}
	}
	return len(taken) == h.capacity
}
