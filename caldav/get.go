package caldav

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// handleGet answers GET and HEAD: an object as it was stored, byte for byte; a calendar as one iCalendar file.
func (h *Handler) handleGet(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.ReadResource)
	if err != nil {
		return err
	}
	res.publishedHeader(w.Header())
	switch res.place {
	case placeObject:
		return h.getObject(w, r, res)
	case placeCollection:
		if isCalendar(res.coll) {
			return h.getCalendar(w, r, res)
		}
	}
	return notAllowed(res, dav.Name{}, "this resource has no representation of its own; list it with PROPFIND")
}

var calendarContentType = []string{"text/calendar; charset=utf-8"}

// contentTypes are those of objects, by component (RFC 5545 section 8.1), and of notifications, made once.
var contentTypes = func() map[string][]string {
	m := map[string][]string{"": calendarContentType}
	for kind := range noticeTypes {
		m[kind] = xmlContentType
	}
	for _, comp := range supportedComponents {
		m[comp] = []string{calendarContentType[0] + "; component=" + comp}
	}
	return m
}()

// contentTypeOf is what GET answers and DAV:getcontenttype says, which have to agree (RFC 4918 section 15.5).
func contentTypeOf(o *store.Object) []string {
	if t, ok := contentTypes[o.Component]; ok {
		return t
	}
	return calendarContentType
}

// contentType is that of res.obj. A message's names its METHOD too (RFC 5545 section 8.1), which takes its data.
func (res *resource) contentType() []string {
	t := contentTypeOf(res.obj)
	if res.coll.Kind == store.KindInbox && res.obj.Data != nil {
		if m, err := ical.ParseMessage(res.obj.Data, ical.StoredLimits); err == nil {
			return []string{t[0] + "; method=" + m.Method}
		}
	}
	return t
}

func (h *Handler) getObject(w http.ResponseWriter, r *request, res *resource) error {
	cond, err := dav.ParseConditions(r.Header)
	if err != nil {
		return err
	}
	if err := h.loadObject(r.Context(), res); err != nil {
		return err
	}
	obj := res.obj
	header := w.Header()
	header["Etag"] = []string{`"` + obj.ETag + `"`}
	if obj.ScheduleTag != "" && res.published == nil { // RFC 6638 section 3.2.10
		header["Schedule-Tag"] = []string{`"` + obj.ScheduleTag + `"`}
	}
	if !obj.Modified.IsZero() {
		header["Last-Modified"] = []string{obj.Modified.UTC().Format(http.TimeFormat)}
	}
	if err := cond.CheckRead(obj.ETag, obj.Modified); err != nil {
		return err
	}
	if cond.NotModified(obj.ETag, obj.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header["Content-Type"] = res.contentType()
	header["Content-Length"] = []string{strconv.Itoa(len(obj.Data))}
	if r.Method == http.MethodGet {
		w.Write(obj.Data) // a failure means that the client is gone
	}
	return nil
}

// getCalendar sends all of a calendar as one iCalendar object, with one VTIMEZONE a zone, for clients without CalDAV that
// subscribe to it.
func (h *Handler) getCalendar(w http.ResponseWriter, r *request, res *resource) error {
	if !res.file && !r.URL.Query().Has("export") && !acceptsCalendar(r.Header.Get("Accept")) {
		return dav.Fail(http.StatusNotAcceptable, dav.Name{}, "this is a calendar: it is sent as text/calendar, or on ?export")
	}
	tag := res.collectionETag()
	cond, err := dav.ParseConditions(r.Header)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("ETag", tag)
	header.Set("Last-Modified", res.coll.Modified.UTC().Format(http.TimeFormat))
	header.Set("Vary", "Accept")
	bare := strings.Trim(tag, `"`)
	if err := cond.CheckRead(bare, res.coll.Modified); err != nil {
		return err
	}
	if cond.NotModified(bare, res.coll.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header["Content-Type"] = calendarContentType
	header.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s.ics"`, fileName(res.coll.Name)))
	if r.Method == http.MethodHead {
		return nil
	}
	if err := h.export(w, r, res); err != nil {
		header.Del("Content-Disposition")
		if sent, ok := err.(*brokenOff); ok {
			h.log.ErrorContext(r.Context(), "export broken off", "error", sent.err)
			panic(http.ErrAbortHandler)
		}
		return err
	}
	return nil
}

// brokenOff is an error after a part of the answer was sent.
type brokenOff struct{ err error }

func (e *brokenOff) Error() string { return e.err.Error() }

// countingWriter knows whether something was written.
type countingWriter struct {
	io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

func (h *Handler) export(w io.Writer, r *request, res *resource) error {
	out := &countingWriter{Writer: w}
	e := ical.NewExporter(out, displayName(res.coll))
	err := h.queryAll(r.Context(), res, "", "", func(o *store.Object) error {
		err := e.Add(o.Data)
		if isICal(err) { // nothing of it was written
			h.unreadable(r.Context(), o, err)
			return nil
		}
		return err
	})
	if err == nil {
		err = e.Close()
	}
	if err != nil && out.n > 0 {
		return &brokenOff{err}
	}
	return err
}

func displayName(c *store.Collection) string {
	if c.DisplayName != nil {
		return *c.DisplayName
	}
	return c.Name
}

// acceptsCalendar says whether an Accept header takes text/calendar. Those who take anything are given it too, unless they
// are browsers, which name text/html.
func acceptsCalendar(accept string) bool {
	accept = strings.ToLower(accept)
	if accept == "" || strings.Contains(accept, "text/calendar") {
		return true
	}
	return strings.Contains(accept, "*/*") && !strings.Contains(accept, "text/html")
}

// fileName makes a name fit for a quoted string in a header.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
}
