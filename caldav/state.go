package caldav

import (
	"context"
	"errors"
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

// behindState is how far the calendar has come that a shared one stands for.
type behindState struct {
	id     store.CollectionID // of the collection in the sharee's home
	modseq int64
}

// syncState returns the state of the collection of res as it is now.
func (h *Handler) syncState(ctx context.Context, res *resource) (syncState, error) {
	return syncStateOf(ctx, h.homes, res)
}

func syncStateOf(ctx context.Context, find homes, res *resource) (syncState, error) {
	if res.mount != nil {
		own := res.mount.coll
		return syncState{own.ID, own.Modseq, []behindState{{own.ID, res.coll.Modseq}}}, nil
	}
	s := syncState{id: res.coll.ID, modseq: res.coll.Modseq}
	if res.place != placeHome {
		return s, nil
	}
	for _, coll := range res.home.Collections {
		if coll.Kind != store.KindShared {
			continue
		}
		home, err := find(ctx, coll.Target.Owner)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return s, err
		}
		if behind := home.CollectionByID(coll.Target.Collection); behind != nil {
			s.behind = append(s.behind, behindState{coll.ID, behind.Modseq})
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

// of is the modseq of what stands behind a shared calendar, 0 if the state does not know it.
func (s syncState) of(id store.CollectionID) int64 {
	for _, b := range s.behind {
		if b.id == id {
			return b.modseq
		}
	}
	return 0
}

// tokenPrefix begins every sync token. Tokens are URIs that only this server reads.
const tokenPrefix = "data:,"

func (s syncState) token() string { return tokenPrefix + s.ctag() }

// ctag is the value of CalendarServer's CS:getctag.
func (s syncState) ctag() string {
	b := make([]byte, 0, 40)
	b = fmt.Appendf(b, "%d-%d", s.id, s.modseq)
	for _, x := range s.behind {
		b = fmt.Appendf(b, "-%d.%d", x.id, x.modseq)
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
	if !ok || len(parts) < 2 || len(parts) > maxCollections || parts[0] != strconv.FormatInt(int64(now.id), 10) {
		return since, unknown
	}
	since.id = now.id
	if since.modseq, err = strconv.ParseInt(parts[1], 10, 64); err != nil || since.modseq <= 0 {
		return since, unknown
	}
	for _, p := range parts[2:] {
		id, seq, _ := strings.Cut(p, ".")
		x, err1 := strconv.ParseInt(id, 10, 64)
		y, err2 := strconv.ParseInt(seq, 10, 64)
		if err1 != nil || err2 != nil || y < 0 {
			return since, unknown
		}
		since.behind = append(since.behind, behindState{store.CollectionID(x), y})
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
