// Package freebusy works out when people have time. There is one way to do that, whoever asks: the CALDAV:free-busy-query report (RFC 4791
// section 7.10), a request to the scheduling Outbox (RFC 6638 section 5), or a room that is to be booked. What takes time are events, by
// STATUS, TRANSP and the answer of who the calendar belongs to, VFREEBUSY objects, and the time in which somebody is not available (RFC
// 7953). What the database has in its index is added up there; package ical tells of the rest.
package freebusy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"convene/ical"
	"convene/store"
)

// Time is when somebody has none, by type (RFC 5545 section 3.2.9). Each list is in order, disjoint and inside of the window asked for; a
// moment may be in several.
type Time struct {
	Busy, Tentative, Unavailable []ical.Range
}

// Calendar is a calendar that counts.
type Calendar struct {
	Coll  *store.Collection // in the home of its owner
	Mount *store.Collection // where it appears in the home of somebody whom it is shared with, whose time is asked for; nil: its owner's
}

// Question asks for the time that some calendars take together.
type Question struct {
	Calendars    []Calendar
	Availability string         // a CALDAV:calendar-availability that counts beside them; "": none
	Zone         *time.Location // where times of it without a zone are taken
}

// Engine answers questions. All fields are required.
type Engine struct {
	DB         *store.DB
	Log        *slog.Logger
	MaxPeriods int // in one answer
}

// Masked are events that somebody wants left out, since they are to be moved: those in its own calendars, and those of which it is the
// ORGANIZER. Who could leave out any would learn what others do by asking with and without.
type Masked struct {
	UIDs []string
	For  *store.Principal
}

// ErrTooMany is the answer to a question whose answer would have more periods than Engine.MaxPeriods.
var ErrTooMany = errors.New("too many busy periods: ask for less time")

// Times answers some questions about one window, in their order, without what is masked. What cannot be read takes no time, and is logged. Apart from what the database has not worked out and from shared calendars, all of them are one query.
func (e *Engine) Times(ctx context.Context, questions []Question, window ical.Range, masked Masked) ([]Time, error) {
	asked, err := e.ask(ctx, questions)
	if err != nil {
		return nil, err
	}
	found, err := e.DB.Busy(ctx, asked.calendars, window, masked.UIDs)
	if err != nil {
		return nil, err
	}
	times := make([]Time, len(questions))
	for i, q := range questions {
		s := sum{engine: e, window: window, masked: masked, time: &times[i]}
		s.addText(ctx, q.Availability, q.Zone)
		for range q.Calendars {
			if err := s.add(ctx, &asked.calendars[0], asked.overlays[0], &found[0]); err != nil {
				return nil, err
			}
			asked.calendars, asked.overlays, found = asked.calendars[1:], asked.overlays[1:], found[1:]
		}
		if err := s.finish(ctx); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// asked are the calendars of all questions, one after the other, with the parts of objects that are a sharee's own.
type asked struct {
	calendars []store.BusyCalendar
	overlays  []map[string]store.Overlay
}

// ask finds out which objects in shared calendars the sharees may have made transparent for themselves: those are looked at one by one.
func (e *Engine) ask(ctx context.Context, questions []Question) (*asked, error) {
	a := &asked{}
	for _, q := range questions {
		for _, c := range q.Calendars {
			calendar := store.BusyCalendar{Collection: c.Coll}
			var own map[string]store.Overlay
			if c.Mount != nil {
				var err error
				if own, err = e.DB.Overlays(ctx, c.Mount, nil, true); err != nil {
					return nil, err
				}
				for name := range own {
					calendar.Apart = append(calendar.Apart, name)
				}
			}
			a.calendars, a.overlays = append(a.calendars, calendar), append(a.overlays, own)
		}
	}
	return a, nil
}

// sum adds up the answer to one question.
type sum struct {
	engine       *Engine
	window       ical.Range
	masked       Masked
	time         *Time
	availability []ical.Availability
}

// has says whether an object in a calendar is left out.
func (m *Masked) has(obj *ical.Object, coll *store.Collection) bool {
	if !slices.Contains(m.UIDs, obj.UID) {
		return false
	}
	organizer := obj.Parts[0].Prop("ORGANIZER")
	return coll.Owner == m.For.ID || organizer != nil && m.For.Is(organizer.Value)
}

// addText adds a CALDAV:calendar-availability.
func (s *sum) addText(ctx context.Context, text string, zone *time.Location) {
	if text == "" {
		return
	}
	obj, err := ical.ParseAvailability([]byte(text), ical.StoredLimits)
	if err != nil {
		s.engine.Log.WarnContext(ctx, "a stored CALDAV:calendar-availability cannot be read", "error", err)
		return
	}
	s.availability = append(s.availability, ical.Availability{Object: obj, Zone: zone})
}

// add adds a calendar: what the database found, and what it left.
func (s *sum) add(ctx context.Context, c *store.BusyCalendar, own map[string]store.Overlay, found *store.BusyTime) error {
	if s.len() == 0 { // of most people there is one calendar
		s.time.Busy, s.time.Tentative = found.Busy, found.Tentative
	} else {
		s.time.Busy = append(s.time.Busy, found.Busy...)
		s.time.Tentative = append(s.time.Tentative, found.Tentative...)
	}
	for _, o := range found.Rest {
		obj, err := parse(o, own)
		if err == nil && !s.masked.has(obj, c.Collection) {
			err = s.addObject(ctx, obj, c.Collection)
		}
		if bad := (*ical.Error)(nil); errors.As(err, &bad) {
			s.engine.Log.WarnContext(ctx, "a stored object cannot be read", "collection", o.Collection, "name", o.Name, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		if s.len() > s.engine.MaxPeriods {
			return s.tooMany()
		}
	}
	return nil
}

// parse reads an object with what of it is the sharee's own.
func parse(o *store.Object, own map[string]store.Overlay) (*ical.Object, error) {
	obj, err := ical.ParseObject(o.Data, ical.StoredLimits)
	part, ok := own[o.Name]
	if err != nil || !ok || part.Object != o.ID {
		return obj, err
	}
	data, err := ical.MergePersonal(obj, part.Data)
	if err != nil {
		return nil, err
	}
	return ical.ParseObject(data, ical.StoredLimits)
}

// addObject adds one object. If its rules fire so often that they cannot be followed to the end of the window it is busy from there on,
// since what is not known to be free is not.
func (s *sum) addObject(ctx context.Context, obj *ical.Object, coll *store.Collection) error {
	if obj.Component == "VAVAILABILITY" {
		s.availability = append(s.availability, ical.Availability{Object: obj, Zone: coll.Zone})
		return nil
	}
	busy, tentative, unavailable, err := obj.BusyIn(ctx, s.window, coll.Zone, coll.Person.Is)
	if end := later(lastEnd(busy), lastEnd(tentative)); err != nil && ctx.Err() == nil && !end.IsZero() {
		busy = append(busy, ical.Range{Start: end, End: s.window.End})
	}
	s.time.Busy = append(s.time.Busy, busy...)
	s.time.Tentative = append(s.time.Tentative, tentative...)
	s.time.Unavailable = append(s.time.Unavailable, unavailable...)
	return err
}

// finish adds when nobody is available, and joins all that overlaps.
func (s *sum) finish(ctx context.Context) error {
	busy, tentative, unavailable, err := ical.Unavailable(ctx, s.availability, s.window)
	if err != nil {
		return err
	}
	s.time.Busy = join(append(s.time.Busy, busy...))
	s.time.Tentative = join(append(s.time.Tentative, tentative...))
	s.time.Unavailable = join(append(s.time.Unavailable, unavailable...))
	if s.len() > s.engine.MaxPeriods {
		return s.tooMany()
	}
	return nil
}

func (s *sum) len() int { return len(s.time.Busy) + len(s.time.Tentative) + len(s.time.Unavailable) }

func (s *sum) tooMany() error { return fmt.Errorf("%w: more than %d", ErrTooMany, s.engine.MaxPeriods) }

// lastEnd is when the last of some ranges ends; zero if there is none.
func lastEnd(rs []ical.Range) time.Time {
	if len(rs) == 0 {
		return time.Time{}
	}
	return rs[len(rs)-1].End
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// join sorts ranges and makes one of those that overlap or touch.
func join(rs []ical.Range) []ical.Range {
	slices.SortFunc(rs, func(a, b ical.Range) int { return a.Start.Compare(b.Start) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n > 0 && !r.Start.After(out[n-1].End) {
			out[n-1].End = later(out[n-1].End, r.End)
			continue
		}
		out = append(out, r)
	}
	return out
}
