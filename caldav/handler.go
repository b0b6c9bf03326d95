// Package caldav is the server's protocol: the methods, properties and reports of WebDAV (RFC 4918, classes 1 and 3),
// its access control and collection synchronisation (RFC 3744, 6578, 5689, 5995) and CalDAV (RFC 4791) on principals,
// collections and calendar objects.
//
// A handler reads the request, decides, writes, and returns its error; errors.go turns errors into answers. Who may do
// what is asked of package acl at one place, (*resource).allow. How requests and answers look on the wire is the
// business of package caldav/dav, what an object means that of package ical, and SQL that of package store.
package caldav

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"convene/ical"
	"convene/scheduling"
	"convene/scheduling/freebusy"
	"convene/store"
)

// Options of a Handler. DB is required.
type Options struct {
	DB             *store.DB
	Log            *slog.Logger     // nil: slog.Default()
	Now            func() time.Time // nil: time.Now
	MaxObjectBytes int              // of one calendar object; 0: 10 MiB
	MaxInstances   int              // that one report may expand an object into; 0: 10,000
	MaxAttendees   int              // of one component; 0: 2,000
	MaxResults     int              // responses in one multistatus; 0: 100,000
	URL            string           // of the server, "https://cal.example.com", for links that leave it; "": as each client calls it
	ListGranted    bool             // list the homes of others in which somebody was given rights on a calendar
	LockTime       time.Duration    // of a lock whose client does not say how long; 0: 1 hour
	MaxLockTime    time.Duration    // of any lock; 0: 1 day
	CountReport    func(string)     // told the name of each report that is answered; may be nil

	Scheduling *scheduling.Engine // nil: one with a Keeper
}

// maxXMLBytes bounds the body of a request that is XML. A calendar-multiget of 20,000 hrefs fits.
const maxXMLBytes = 4 << 20

// Handler answers everything below /dav/, and the places where clients begin to look for it.
type Handler struct {
	db           *store.DB
	log          *slog.Logger
	now          func() time.Time
	limits       ical.Limits
	maxInstances int
	maxResults   int
	url          string
	listGranted  bool
	homes        store.Homes
	freebusy     *freebusy.Engine
	scheduling   *scheduling.Engine
	lockTime     time.Duration
	maxLockTime  time.Duration
	countReport  func(string)
	rendered     *renderCache
	bodies       *bodyCache
}

// New returns a Handler.
func New(o Options) *Handler {
	h := &Handler{
		db: o.DB, log: o.Log, now: o.Now,
		limits:       ical.Limits{MaxBytes: o.MaxObjectBytes, MaxAttendees: o.MaxAttendees},
		maxInstances: o.MaxInstances,
		maxResults:   o.MaxResults,
		url:          strings.TrimSuffix(o.URL, "/"),
		listGranted:  o.ListGranted,
		homes:        o.DB.Home,
		lockTime:     o.LockTime,
		maxLockTime:  o.MaxLockTime,
		countReport:  o.CountReport,
		rendered:     newRenderCache(),
		bodies:       newBodyCache(),
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.countReport == nil {
		h.countReport = func(string) {}
	}
	if h.limits.MaxBytes == 0 {
		h.limits.MaxBytes = 10 << 20
	}
	if h.limits.MaxAttendees == 0 {
		h.limits.MaxAttendees = 2000
	}
	if h.maxInstances == 0 {
		h.maxInstances = 10_000
	}
	if h.maxResults == 0 {
		h.maxResults = 100_000
	}
	if h.lockTime == 0 {
		h.lockTime = time.Hour
	}
	if h.maxLockTime == 0 {
		h.maxLockTime = 24 * time.Hour
	}
	if h.scheduling = o.Scheduling; h.scheduling == nil {
		h.scheduling = scheduling.New(scheduling.Options{DB: h.db, Log: h.log})
	}
	h.freebusy = &freebusy.Engine{DB: h.db, Log: h.log, MaxPeriods: h.maxResults}
	return h
}

// request is one request with what every method needs to know of it.
type request struct {
	*http.Request
	target target
	who    *store.Principal // nil: anonymous
	at     time.Time        // when it came
}

// methods names the handler of each method, with the first and the last place where it can do something.
var methods map[string]method

type method struct {
	handle      func(*Handler, http.ResponseWriter, *request) error
	first, last place
}

func init() { // here, since the handlers lead back to the table
	methods = map[string]method{
		"OPTIONS":    {(*Handler).handleOptions, placeRoot, placeObject},
		"GET":        {(*Handler).handleGet, placeCollection, placeObject},
		"HEAD":       {(*Handler).handleGet, placeCollection, placeObject},
		"PUT":        {(*Handler).handlePut, placeObject, placeTooDeep},
		"POST":       {(*Handler).handlePost, placeHome, placeCollection},
		"DELETE":     {(*Handler).handleDelete, placeCollection, placeObject},
		"COPY":       {(*Handler).handleCopyMove, placeCollection, placeObject},
		"MOVE":       {(*Handler).handleCopyMove, placeCollection, placeObject},
		"MKCOL":      {(*Handler).handleMkcol, placeCollection, placeTooDeep},
		"MKCALENDAR": {(*Handler).handleMkcalendar, placeCollection, placeTooDeep},
		"LOCK":       {(*Handler).handleLock, placeHome, placeTooDeep},
		"UNLOCK":     {(*Handler).handleUnlock, placeHome, placeObject},
		"ACL":        {(*Handler).handleACL, placeHome, placeCollection},
		"PROPFIND":   {(*Handler).handlePropfind, placeRoot, placeObject},
		"PROPPATCH":  {(*Handler).handleProppatch, placeRoot, placeObject},
		"REPORT":     {(*Handler).handleReport, placeRoot, placeObject},
	}
}

// wellKnown is where clients start that know only a host name (RFC 6764 section 5).
const wellKnown = "/.well-known/caldav"

// ServeDAV answers a request of who, nil for one without credentials.
func (h *Handler) ServeDAV(w http.ResponseWriter, r *http.Request, who *store.Principal) {
	if err := h.serve(w, r, who); err != nil {
		h.writeError(w, r, who, err)
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, who *store.Principal) error {
	path := r.URL.EscapedPath()
	if strings.TrimSuffix(path, "/") == wellKnown {
		http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
		return nil
	}
	t, err := parseTarget(path)
	if err != nil && who == nil && !strings.HasPrefix(path, "/published/") {
		return unauthorized()
	}
	if err != nil {
		return err
	}
	req := &request{Request: r, target: t, who: who, at: h.now()}
	m, known := methods[r.Method]
	switch {
	case !t.works(r.Method):
		return h.methodNotAllowed(req)
	case known && t.place >= m.first && t.place <= m.last:
		return m.handle(h, w, req)
	case t.place == placeTooDeep:
		return unknown(who)
	}
	return h.methodNotAllowed(req)
}
