package caldav

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/scheduling"
	"convene/store"
)

// put is a calendar object resource on its way into the database.
type put struct {
	res  *resource
	cond preconditions
	obj  *ical.Object
	in   store.NewObject
}

// handlePut stores a calendar object resource (RFC 4791 section 5.3.2).
func (h *Handler) handlePut(w http.ResponseWriter, r *request) error {
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return err
	}
	if err := res.allow(r.who, acl.WriteContent); err != nil {
		if r.who == nil || !res.hasOwnParts() {
			return err
		}
		res.ownParts = true
	}
	if res.place > placeObject { // RFC 4918 section 9.7.1
		return dav.Fail(http.StatusConflict, dav.Name{}, "calendars hold objects only: there is no collection below one")
	}
	p, err := h.readPut(w, r, res) // bounded, parsed, valid; the database is not asked yet
	if err != nil {
		return err
	}
	return h.store(w, r, p, "")
}

// addMember adds a calendar object resource to a calendar under a name that the server chooses (RFC 5995).
func (h *Handler) addMember(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.AddMember)
	if err != nil {
		return err
	}
	if !isCalendar(res.coll) {
		return notAllowed(res, dav.Name{}, "POST adds to a calendar, and this is none")
	}
	res.place, res.object = placeObject, store.NewObjectName()
	p, err := h.readPut(w, r, res)
	if err != nil {
		return err
	}
	return h.store(w, r, p, res.href())
}

// readPut reads what is to be stored and checks all that needs no lock.
func (h *Handler) readPut(w http.ResponseWriter, r *request, res *resource) (*put, error) {
	if res.coll == nil {
		return nil, dav.Fail(http.StatusConflict, dav.Name{}, "there is no calendar of that name: make it first, with MKCALENDAR")
	}
	if !isCalendar(res.coll) {
		return nil, forbidden(dav.CalDAV("calendar-collection-location-ok"), "calendar objects are stored in calendars, and this is none")
	}
	if r.Header.Get("Content-Range") != "" { // RFC 9110 section 14.4
		return nil, badRequest("parts of an object cannot be stored: send it whole, without Content-Range")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") { // RFC 9110 section 8.4
		e := dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "objects are stored as they are: send them without Content-Encoding %.40q", coding)
		e.Header = map[string]string{"Accept-Encoding": "identity"} // RFC 9110 section 12.5.3
		return nil, e
	}
	p := &put{res: res}
	var err error
	if p.cond, err = readConditions(r); err != nil {
		return nil, err
	}
	data, err := h.readCalendarData(w, r, res.coll)
	if err != nil {
		return nil, err
	}
	p.obj, p.in, err = h.newObject(r.Context(), data, res.coll)
	p.in.Name = res.object
	if err == nil && p.in.Index.Class != ical.ClassPublic && res.principal.KeepPrivate {
		err = forbidden(dav.Name{}, "%s keeps private events off the server: they stay in the calendar program", nameOf(res.principal))
	}
	return p, err
}

// newObject checks calendar data against the preconditions of RFC 4791 section 5.3.2.1 that concern itself.
func (h *Handler) newObject(ctx context.Context, data []byte, coll *store.Collection) (*ical.Object, store.NewObject, error) {
	limits := h.limits
	limits.MaxBytes = h.maxBytes(coll)
	obj, err := ical.ParseObject(data, limits)
	if err != nil {
		return nil, store.NewObject{}, err
	}
	if !slices.Contains(componentsOf(coll), obj.Component) {
		return nil, store.NewObject{}, forbidden(dav.CalDAV("supported-calendar-component"), "this calendar takes %s, not %s",
			strings.Join(componentsOf(coll), ", "), obj.Component)
	}
	if err := obj.CheckDensity(ctx, h.maxInstances, coll.Zone); err != nil {
		return nil, store.NewObject{}, err
	}
	in := store.NewObject{UID: obj.UID, Component: obj.Component, ETag: store.ETagOf(data), Data: data}
	in.Index, err = obj.Index(h.now(), coll.Zone, coll.Person.Is)
	return obj, in, err
}

// readCalendarData reads the body of a PUT or POST: iCalendar in UTF-8, or in UTF-16 if it says so.
func (h *Handler) readCalendarData(w http.ResponseWriter, r *request, coll *store.Collection) ([]byte, error) {
	mediaType, charset := dav.MediaType(r.Header)
	if mediaType != "" && mediaType != "text/calendar" && mediaType != "application/octet-stream" {
		return nil, forbidden(dav.CalDAV("supported-calendar-data"), "calendar objects are sent as text/calendar, not %.60q", mediaType)
	}
	limit := h.maxBytes(coll)
	if r.ContentLength > int64(limit) {
		return nil, tooLarge(limit)
	}
	size := r.ContentLength
	if size < 0 {
		size = 4 << 10
	}
	buf := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, int64(limit))); err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return nil, tooLarge(limit)
		}
		return nil, bodyError(err)
	}
	if charset == "utf-16" {
		return utf8Of(buf.Bytes())
	}
	if charset != "" && charset != "utf-8" && charset != "us-ascii" {
		return nil, forbidden(dav.CalDAV("supported-calendar-data"), "calendar objects are sent in UTF-8, not in %.40q", charset)
	}
	return buf.Bytes(), nil
}

func tooLarge(limit int) error {
	return forbidden(dav.CalDAV("max-resource-size"), "an object in this calendar may have %d bytes", limit)
}

// utf8Of decodes UTF-16, big endian unless a byte order mark says otherwise (RFC 2781 section 4.3).
func utf8Of(b []byte) ([]byte, error) {
	if len(b)%2 != 0 {
		return nil, forbidden(dav.CalDAV("valid-calendar-data"), "UTF-16 has an even number of bytes")
	}
	hi, lo := 0, 1
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe {
		hi, lo = 1, 0
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i+hi])<<8 | uint16(b[2*i+lo])
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(u)), "\ufeff")), nil
}

// outcome is what a write did.
type outcome struct {
	obj     *store.Object
	created bool
	shown   bool // what the client would GET is what is stored
}

// store writes the object in one transaction and answers the request; location is sent if the server chose the name.
func (h *Handler) store(w http.ResponseWriter, r *request, p *put, location string) error {
	done, err := scheduling.Run(r.Context(), h.scheduling, p.res.owners(), p.seed(), func(ctx context.Context, work *scheduling.Work) (outcome, error) {
		return h.write(ctx, work, r, p)
	}, store.Prefetch(p.res.coll, p.in.Name, p.in.UID))
	if err != nil {
		return p.res.conflict(r.who, err)
	}
	header := w.Header()
	prefers := done.shown && dav.ParsePrefer(r.Header).Representation
	if prefers || done.shown && done.obj.ETag == p.in.ETag { // else the client has to look at what became of it (RFC 4791 section 5.3.4)
		header.Set("ETag", `"`+done.obj.ETag+`"`)
	}
	if done.shown && done.obj.ScheduleTag != "" { // RFC 6638 section 8.2
		header.Set("Schedule-Tag", `"`+done.obj.ScheduleTag+`"`)
	}
	if location != "" {
		header.Set("Location", location)
	}
	status := http.StatusNoContent
	if done.created {
		status = http.StatusCreated
	}
	if prefers { // RFC 8144 section 3.1
		dav.Applied(header, "return=representation")
		header["Content-Type"] = contentTypeOf(done.obj)
		header.Set("Content-Location", p.res.href())
		header.Set("Content-Length", strconv.Itoa(len(done.obj.Data)))
		if !done.created {
			status = http.StatusOK
		}
		w.WriteHeader(status)
		w.Write(done.obj.Data)
		return nil
	}
	header.Set("Content-Length", "0")
	if status == http.StatusNoContent {
		header.Del("Content-Length")
	}
	w.WriteHeader(status)
	return nil
}

// write checks the preconditions on what is stored now, and stores. It may run twice.
func (h *Handler) write(ctx context.Context, work *scheduling.Work, r *request, p *put) (outcome, error) {
	tx := work.Tx
	coll, err := currentCollection(tx, p.res.coll)
	if err != nil {
		return outcome{}, err
	}
	before, err := tx.Object(ctx, coll, p.in.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return outcome{}, err
	}
	if err := p.cond.onObject(ctx, tx, r, p.res, before); err != nil {
		return outcome{}, err
	}
	if err := p.cond.free(tx, r, p.res, storing(before)); err != nil {
		return outcome{}, err
	}
	if before != nil && before.UID != p.in.UID {
		return outcome{}, p.res.otherUID(before)
	}
	c := h.change(r, &p.cond, coll, before)
	c.After, c.In = p.obj, p.in
	obj, err := h.putSeen(ctx, work, p.res, c)
	return outcome{obj, before == nil, err == nil && p.res.mount == nil && !p.res.hides(obj)}, err
}

// otherUID refuses to put an object in the place of one with another UID. The UID of an object never changes (RFC 4791 sections 4.1
// and 5.3.2.1): another one under the same name is another event, and clients that hold the old one would mix them up.
func (res *resource) otherUID(there *store.Object) error {
	if !res.readable() {
		return forbidden(dav.CalDAV("no-uid-conflict"), "the object at this URL has another UID; store this one under another name")
	}
	return forbidden(dav.CalDAV("no-uid-conflict"), "the object at this URL has the UID %.100q; store another one under another name", there.UID)
}

// currentCollection is the collection as it is now that its home is locked.
func currentCollection(tx *store.Tx, seen *store.Collection) (*store.Collection, error) {
	home := tx.Home(seen.Owner)
	if seen.Kind == store.KindHome {
		return home.Root, nil
	}
	coll := home.CollectionByID(seen.ID)
	if coll == nil {
		return nil, dav.Fail(http.StatusConflict, dav.Name{}, "the collection was removed just now")
	}
	return coll, nil
}

// readable says whether the asking principal may read there.
func (res *resource) readable() bool { return acl.Check(res.rights, acl.ReadResource) == acl.Allowed }

// conflict adds to an error of the store what the client may know of it: where the UID is in use (RFC 4791 section 5.3.2.1).
func (res *resource) conflict(who *store.Principal, err error) error {
	t := target{place: placeObject, kind: res.kind, name: res.name, collection: res.collection}
	var e *dav.Error
	var uid *store.UIDConflict
	var twice *scheduling.DuplicateError // RFC 6638 section 3.2.4.1
	switch {
	case errors.As(err, &uid):
		t.object = uid.Name
		e = dav.Fail(http.StatusForbidden, dav.CalDAV("no-uid-conflict"), "another object in this calendar has the UID %.100q", uid.UID)
	case errors.As(err, &twice):
		e = dav.Fail(http.StatusForbidden, dav.CalDAV("unique-scheduling-object-resource"), "the event with the UID %.100q is in another calendar already",
			twice.Object.UID)
		coll := res.home.CollectionByID(twice.Object.Collection)
		if coll == nil || res.mount != nil || acl.Check(rightsOn(res.home, coll, who), acl.ReadResource) != acl.Allowed {
			return e
		}
		t.collection, t.object = coll.Name, twice.Object.Name
	default:
		return err
	}
	if !res.readable() { // its name is not for those who may write and not read
		return e
	}
	var b dav.Buffer
	b.Href(t.href())
	e.Inner = string(b.B)
	return e
}
