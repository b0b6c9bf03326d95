package caldav

import (
	"context"
	"net/http"
	"testing"

	"convene/ical"
	"convene/store"
)

// tag gives an object in one of ann's calendars a schedule tag, as it has after it was scheduled.
func (s *server) tag(calendar, name, tag string) {
	s.t.Helper()
	coll := s.collection(calendar)
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (*store.Object, error) {
		o, err := tx.Object(ctx, coll, name)
		if err != nil {
			return nil, err
		}
		return tx.Put(ctx, coll, store.NewObject{Name: name, UID: o.UID, Component: o.Component, ETag: o.ETag, ScheduleTag: tag, Data: o.Data, Index: ical.Index{Class: o.Class}})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// wantTag wants a schedule tag, "" for none, as a property in every kind of listing and as a header.
func (s *server) wantTag(who, collection, name, want string) {
	s.t.Helper()
	const prop = "C:schedule-tag"
	for _, a := range []*answer{
		s.do(who, "PROPFIND", collection+name, propfind(prop), "Depth: 0"),
		s.do(who, "PROPFIND", collection, propfind("D:getetag", prop), "Depth: 1"),
		s.do(who, "REPORT", collection, queryFor("<"+prop+"/>", ""), "Depth: 1"),
		s.do(who, "REPORT", collection, queryFor("<"+prop+"/><C:calendar-data/>", ""), "Depth: 1"),
		s.do(who, "REPORT", collection, wrap("C:calendar-multiget", "<D:prop><"+prop+"/></D:prop><D:href>"+collection+name+"</D:href>")),
		s.do(who, "REPORT", collection, wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><"+prop+"/></D:prop>")),
	} {
		if got, ok := a.multistatus().response(collection + name).prop("schedule-tag"); got.Text != want || ok != (want != "") {
			s.t.Errorf("%s for %s: schedule-tag %q, %v; want %q", a.what, who, got.Text, ok, want)
		}
	}
	for _, method := range []string{"GET", "HEAD"} {
		if got := s.do(who, method, collection+name, "").want(http.StatusOK).header.Get("Schedule-Tag"); got != want {
			s.t.Errorf("%s of %s for %s: Schedule-Tag %q, want %q", method, name, who, got, want)
		}
	}
}

// RFC 6638 sections 8.2 and 9.3: scheduling object resources have a schedule tag, others have none, and nobody sets one.
func TestScheduleTag(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	s.tag("Default", "a.ics", "t1")
	s.wantTag("ann", annDefault, "a.ics", `"t1"`)
	s.wantTag("ann", annDefault, "b.ics", "")
	if _, ok := s.props("ann", annDefault, "C:schedule-tag").prop("schedule-tag"); ok {
		t.Error("a calendar has a schedule tag")
	}
	if _, ok := s.do("ann", "PROPFIND", annDefault+"a.ics", wrap("D:propfind", "<D:allprop/>"), "Depth: 0").only().prop("schedule-tag"); ok {
		t.Error("DAV:allprop has the schedule tag")
	}
	a := s.do("ann", "GET", annDefault+"a.ics", "", "If-None-Match: "+s.etag(annDefault+"a.ics")).want(http.StatusNotModified)
	wantEqual(t, "Schedule-Tag of a 304", a.header.Get("Schedule-Tag"), `"t1"`)
	for _, change := range []string{"+<C:schedule-tag>mine</C:schedule-tag>", "-<C:schedule-tag/>"} {
		r := s.do("ann", "PROPPATCH", annDefault+"a.ics", update(change)).only()
		wantEqual(t, change, r.status("schedule-tag"), "HTTP/1.1 403 Forbidden")
	}
	s.wantTag("ann", annDefault, "a.ics", `"t1"`)
}

// Of a published calendar only what is for everybody is shown.
func TestScheduleTagIsNotPublished(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.tag("Default", "a.ics", "t1")
	s.wantTag("", "/dav/published/"+s.publishAs("publish-calendar", annDefault)+"/", "a.ics", "")
}

// Who is shown a private event as a block of time does not learn that it is a meeting. A sharee's tag changes with the sharee's own part.
func TestScheduleTagOfOthers(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	s.fill(work, map[string]string{"p.ics": event("p", "20261201T120000Z", "CLASS:PRIVATE")})
	s.tag("work", "a.ics", "t1")
	s.tag("work", "p.ics", "t2")
	s.wantTag("ann", work, "p.ics", `"t2"`)
	s.wantTag("bob", mount, "p.ics", "")
	s.wantTag("bob", mount, "a.ics", `"t1"`)
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", "TRANSP:TRANSPARENT", alarmOf("bob"))).want(http.StatusNoContent)
	first := s.do("bob", "GET", mount+"a.ics", "").want(http.StatusOK).header.Get("Schedule-Tag")
	s.wantTag("bob", mount, "a.ics", first)
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", "TRANSP:TRANSPARENT", alarmOf("Bob"))).want(http.StatusNoContent)
	if second := s.do("bob", "GET", mount+"a.ics", "").header.Get("Schedule-Tag"); first == `"t1"` || second == first {
		t.Errorf("tags %s and %s after changes of the sharee's own", first, second)
	}
}
