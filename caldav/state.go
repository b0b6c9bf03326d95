package caldav

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"convene/store"
)

// syncState is how far a collection has come, as its sync token (RFC 6578 section 4) says: its own modseq, and those of the calendars of
// others that appear in it. A home has those that are shared with its owner, a shared calendar the one that it stands for.
type syncState struct {
	id     store.CollectionID
	modseq int64
	behind []behindState // by id
}

// behindState is how far a shared calendar has come: the one that it stands for, and the sharee's own parts of the objects in it.
type behindState struct {
	id     store.CollectionID // of the collection in the sharee's home
	modseq int64              // of the sharer's calendar; 0: nothing in it was told of yet
	own    int64              // of the collection in the sharee's home; 0: nor that itself
}

// syncState returns the state of the collection of res as it is now.
func (h *Handler) syncState(ctx context.Context, res *resource) (syncState, error) {
	return syncStateOf(ctx, h.homes, res)
}

func syncStateOf(ctx context.Context, find store.Homes, res *resource) (syncState, error) {
	if res.mount != nil {
		own := res.mount.coll
		return syncState{own.ID, own.Modseq, []behindState{{own.ID, res.coll.Modseq, own.Modseq}}}, nil
	}
	s := syncState{id: res.coll.ID, modseq: res.coll.Modseq}
	if res.place != placeHome {
		return s, nil
	}
	for _, coll := range res.home.Collections {
		if coll.Kind != store.KindShared {
			continue
		}
		_, behind, err := res.home.Behind(ctx, find, coll)
		if err != nil {
			return s, err
		}
		if behind != nil {
			s.behind = append(s.behind, behindState{coll.ID, behind.Modseq, coll.Modseq})
		}
	}
	slices.SortFunc(s.behind, func(a, b behindState) int { return int(a.id - b.id) })
	return s, nil
}

// syncToken is the sync token of the collection of res as it is now.
func (h *Handler) syncToken(ctx context.Context, res *resource) (string, error) {
	s, err := h.syncState(ctx, res)
	return s.token(), err
}

// of is the state of a shared calendar: its beginning if s does not know it.
func (s syncState) of(id store.CollectionID) behindState {
	for _, b := range s.behind {
		if b.id == id {
			return b
		}
	}
	return behindState{id: id}
}

// with returns s with another state of a shared calendar.
func (s syncState) with(b behindState) syncState {
	s.behind = slices.DeleteFunc(slices.Clone(s.behind), func(old behindState) bool { return old.id == b.id })
	if b.own > 0 {
		s.behind = append(s.behind, b)
		slices.SortFunc(s.behind, func(a, b behindState) int { return int(a.id - b.id) })
	}
	return s
}

// tokenPrefix begins every sync token. Tokens are URIs that only this server reads.
const tokenPrefix = "data:,"

func (s syncState) token() string { return tokenPrefix + s.ctag() }

// ctag is the value of CalendarServer's CS:getctag.
func (s syncState) ctag() string {
	b := make([]byte, 0, 40)
	b = fmt.Appendf(b, "%d-%d", s.id, s.modseq)
	for _, x := range s.behind {
		b = fmt.Appendf(b, "-%d.%d.%d", x.id, x.modseq, x.own)
	}
	return string(b)
}

// parseToken reads a sync token of the collection whose state is now; the empty one is the zero state.
func parseToken(now syncState, token string) (since syncState, err error) {
	if token == "" {
		return syncState{id: now.id}, nil
	}
	unknown := invalidToken(store.ErrTokenUnknown)
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	parts := strings.Split(rest, "-")
	if !ok || len(parts) < 2 || len(parts) > maxCollections+2 || parts[0] != strconv.FormatInt(int64(now.id), 10) {
		return since, unknown
	}
	since.id = now.id
	if since.modseq, err = strconv.ParseInt(parts[1], 10, 64); err != nil || since.modseq <= 0 {
		return since, unknown
	}
	for _, p := range parts[2:] {
		var n [3]int64
		numbers := strings.Split(p, ".")
		if len(numbers) != len(n) {
			return since, unknown
		}
		for i, text := range numbers {
			if n[i], err = strconv.ParseInt(text, 10, 64); err != nil || n[i] < 0 {
				return since, unknown
			}
		}
		since.behind = append(since.behind, behindState{store.CollectionID(n[0]), n[1], n[2]})
	}
	return since, nil
}

// collectionETag is the entity tag of the whole calendar as one file. It differs for those who are shown it differently.
func (res *resource) collectionETag() string { return `"` + res.bareETag() + `"` }

func (res *resource) bareETag() string {
	tag := fmt.Sprintf("c%d-%d", res.coll.ID, res.coll.Modseq)
	if res.sight != everything {
		tag += fmt.Sprintf("-s%d", res.sight)
	}
	if res.mount != nil {
		tag += fmt.Sprintf("-m%d-%d", res.mount.coll.ID, res.mount.coll.Modseq)
	}
	return tag
}
