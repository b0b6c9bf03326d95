package caldav

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"convene/caldav/dav"
	"convene/ical"
	"convene/scheduling"
	"convene/scheduling/itip"
	"convene/store"
)

// scheduleHeaders are those of a request that say how it is scheduled.
type scheduleHeaders struct {
	tag    string // If-Schedule-Tag-Match (RFC 6638 section 8.3), without quotes; "": not sent
	silent bool   // Schedule-Reply: F (RFC 6638 section 8.1)
	mute   bool   // Scheduling-Enabled: F, by which Cyrus lets a client store without telling anybody
}

func readScheduleHeaders(r *request) (s scheduleHeaders, err error) {
	s.silent = strings.TrimSpace(r.Header.Get("Schedule-Reply")) == "F"
	s.mute = strings.TrimSpace(r.Header.Get("Scheduling-Enabled")) == "F"
	if tag := strings.TrimSpace(r.Header.Get("If-Schedule-Tag-Match")); tag != "" {
		var quoted bool
		if s.tag, quoted = strings.CutPrefix(tag, `"`); !quoted || len(s.tag) < 2 || !strings.HasSuffix(s.tag, `"`) {
			return s, badRequest("If-Schedule-Tag-Match is followed by one schedule tag in quotes")
		}
		s.tag = strings.TrimSuffix(s.tag, `"`)
	}
	return s, nil
}

// check holds If-Schedule-Tag-Match against what is stored, nil if there is nothing.
func (s *scheduleHeaders) check(obj *store.Object) error {
	if s.tag == "" || obj != nil && obj.ScheduleTag == s.tag {
		return nil
	}
	return dav.Fail(http.StatusPreconditionFailed, dav.Name{}, "what was scheduled has changed: fetch it again, then change it")
}

// change is what a request does to an object of coll.
func (h *Handler) change(r *request, cond *preconditions, coll *store.Collection, before *store.Object) scheduling.Change {
	s := &cond.schedule
	return scheduling.Change{
		Who: r.who, Coll: coll, Before: before, Silent: s.silent, Mute: s.mute,
		Stale: s.tag != "" || len(cond.http.IfMatch) == 0,
		Index: func(ctx context.Context, data []byte) (*ical.Object, store.NewObject, error) {
			return h.newObject(ctx, data, coll)
		},
	}
}

// seed says who will be concerned when obj is stored in a calendar, as far as that can be told beforehand; nil if it is no scheduling object.
func (p *put) seed() *scheduling.Seed {
	if p.cond.schedule.mute || p.res.coll.Unscheduled || p.obj.Parts[0].Prop("ORGANIZER") == nil {
		return nil
	}
	return &scheduling.Seed{Owner: p.res.home.Owner, Object: p.obj, New: p.cond.http.NoneMatchAny}
}

// schedulingErrors are the preconditions of RFC 6638 section 3.2.4 that package itip finds broken.
var schedulingErrors = []struct {
	err       error
	condition string
	detail    string
}{
	{itip.ErrSameOrganizer, "same-organizer-in-all-components", "all components of an event have the same ORGANIZER"},
	{itip.ErrOrganizerChange, "allowed-organizer-scheduling-object-change", "the ORGANIZER of an event that others are invited to cannot be changed: cancel it, and invite anew"},
	{itip.ErrAttendeeChange, "allowed-attendee-scheduling-object-change", "only the organizer may change this event: answer it, or propose another time"},
	{itip.ErrMessage, "valid-scheduling-message", "this is no scheduling message that can be understood"},
}

// schedulingError says what a client is to know of an error in scheduling; nil: it is none.
func schedulingError(err error) error {
	for _, e := range schedulingErrors {
		if errors.Is(err, e.err) {
			return dav.Fail(http.StatusForbidden, dav.CalDAV(e.condition), "%s", e.detail)
		}
	}
	var denied *scheduling.DeniedError
	if errors.As(err, &denied) {
		if denied.Who == nil {
			return unauthorized()
		}
		outbox := &resource{target: target{place: placeCollection, kind: denied.Owner.Kind, name: denied.Owner.Name, collection: denied.Outbox.Name}}
		return outbox.needPrivilege(denied.Action)
	}
	return nil
}
