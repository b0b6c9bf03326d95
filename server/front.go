package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"convene/caldav/dav"
	"convene/server/auth"
	"convene/server/config"
	"convene/store"
)

// front is what every request passes: it names the request, says where it came from, bounds it, asks who sends it, passes
// it on, and counts and logs it.
type front struct {
	cfg     *config.Config
	log     *slog.Logger
	auth    *auth.Authenticator
	dav     func(http.ResponseWriter, *http.Request, *store.Principal)
	routes  http.Handler // what is not WebDAV
	metrics *metrics
	turns   turns

	idPrefix string // of this process
	nextID   atomic.Uint64
	warned   atomic.Bool // of a proxy that is not trusted
}

func newIDPrefix() string { return strconv.FormatUint(rand.Uint64()>>34, 36) + "-" }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &exchange{ResponseWriter: w, client: clientOf(r, f.cfg.HTTP.TrustedProxies),
		patience: f.cfg.HTTP.WriteTimeout, extendAt: firstExtension}
	x.id = f.requestID(r, x.client)
	w.Header()["X-Request-Id"] = []string{x.id}
	timed, cancel := context.WithDeadline(r.Context(), start.Add(f.cfg.HTTP.RequestTimeout))
	defer cancel()
	r = r.WithContext(requestContext{timed, x})
	f.metrics.inFlight.Add(1)
	defer f.finish(x, r, start)
	f.serve(x, r)
}

// requestID takes the id that a trusted proxy gave the request, or makes one.
func (f *front) requestID(r *http.Request, c client) string {
	if c.trusted {
		if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 128 && !strings.ContainsFunc(id, unprintable) {
			return id
		}
	}
	var buf [32]byte
	return string(strconv.AppendUint(append(buf[:0], f.idPrefix...), f.nextID.Add(1), 36))
}

func unprintable(c rune) bool { return c <= ' ' || c > '~' }

func (f *front) serve(x *exchange, r *http.Request) {
	if x.client.trusted {
		believeProxy(r)
	} else if x.client.claims && !f.warned.Swap(true) {
		f.log.WarnContext(r.Context(), "a proxy that is not trusted forwards requests: name it in http.trusted_proxies", "address", x.client.addr.String())
	}
	if r.ContentLength != 0 {
		r.Body = http.MaxBytesReader(x.ResponseWriter, r.Body, int64(f.cfg.HTTP.BodySize))
	}
	if !isDAV(r) {
		f.routes.ServeHTTP(x, r)
		return
	}
	if !f.authenticate(x, r) {
		return
	}
	var id store.PrincipalID // 0: all who read without an account, together
	if x.who != nil {
		id = x.who.ID
	}
	leave, err := f.turns.enter(r.Context(), id)
	if err != nil {
		x.Header().Set("Retry-After", "5")
		answer(x, http.StatusServiceUnavailable, "Too many requests of yours are under way.")
		return
	}
	defer leave()
	f.dav(x, r, x.who)
}

// isDAV says whether a request is for the WebDAV resources, or a client's search for them (RFC 6764): with the methods
// of browsers, / is a page. These requests are nearly all there are, and do not go through the router.
func isDAV(r *http.Request) bool {
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, "/dav/"), strings.HasPrefix(path, "/published/"):
		return true
	case path == "/":
		return r.Method != http.MethodGet && r.Method != http.MethodHead
	}
	return path == "/dav" || path == "/principals" || path == "/principals/" || strings.TrimSuffix(path, "/") == "/.well-known/caldav"
}

// authenticate finds out who sends a request. It answers the request and returns false if that cannot be.
func (f *front) authenticate(x *exchange, r *http.Request) bool {
	if !x.client.secure {
		f.refuseInsecure(x, r)
		return false
	}
	credentials := r.Header["Authorization"]
	if len(credentials) == 0 {
		return true
	}
	who, err := f.auth.Authenticate(r.Context(), credentials[0], x.client.addr)
	var wait *auth.Throttled
	switch {
	case err == nil:
		x.who = who
		return true
	case errors.As(err, &wait):
		x.Header().Set("Retry-After", strconv.Itoa(int(wait.For.Seconds())+1))
		answer(x, http.StatusTooManyRequests, "Too many failed logins. Try again later.")
	case errors.Is(err, auth.ErrRefused):
		x.Header().Set("WWW-Authenticate", auth.Challenge)
		answer(x, http.StatusUnauthorized, "The name or password is wrong.")
	case r.Context().Err() != nil && errors.Is(err, context.Canceled): // the client is gone
	default:
		f.log.ErrorContext(r.Context(), "cannot check a login", "error", err)
		x.Header().Set("Retry-After", "5")
		answer(x, http.StatusServiceUnavailable, "The server cannot check passwords now.")
	}
	return false
}

// refuseInsecure answers a request over plain HTTP from another machine. It does not ask for a password.
func (f *front) refuseInsecure(x *exchange, r *http.Request) {
	detail := "This server takes passwords over https only."
	if r.Header.Get("Authorization") != "" {
		detail += " The password just sent could be read on its way: change it."
	}
	if strings.HasPrefix(string(f.cfg.URL), "https:") {
		detail += " Use " + string(f.cfg.URL) + "/."
	}
	answer(x, http.StatusForbidden, detail)
}

// answer sends a status and a sentence.
func answer(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // the client may be gone
}

// finish ends every request: a panic becomes a 500, the metrics and the log get their share.
func (f *front) finish(x *exchange, r *http.Request, start time.Time) {
	failure := recover()
	if failure != nil && failure != http.ErrAbortHandler {
		f.metrics.panics.Inc()
		f.log.ErrorContext(r.Context(), "panic", "method", r.Method, "path", dav.LogPath(r.URL), "panic", fmt.Sprint(failure), "stack", string(debug.Stack()))
		if x.status == 0 {
			answer(x, http.StatusInternalServerError, "The server failed. Its log has more under the request id "+x.id+".")
			failure = nil
		}
	}
	took := time.Since(start)
	f.metrics.inFlight.Add(-1)
	f.metrics.observe(r.Method, x.status, took)
	if f.wantsLine(x.status, took) {
		f.logRequest(x, r, took)
	}
	if failure != nil {
		panic(http.ErrAbortHandler) // something was sent: cutting the connection tells the client that it is not whole
	}
}

// slow is from when on a request is a problem worth a line in the log.
const slow = time.Second

func (f *front) wantsLine(status int, took time.Duration) bool {
	switch f.cfg.Log.Requests {
	case "all":
		return true
	case "problems":
		return status >= 500 || took > slow
	}
	return false
}

func (f *front) logRequest(x *exchange, r *http.Request, took time.Duration) {
	user := ""
	if x.who != nil {
		user = x.who.Name
	}
	level := slog.LevelInfo
	if x.status >= 500 {
		level = slog.LevelWarn // what went wrong has a line of its own
	}
	f.log.LogAttrs(r.Context(), level, "request", slog.String("method", r.Method), slog.String("path", dav.LogPath(r.URL)),
		slog.Int("status", x.status), slog.Int64("bytes", x.sent), slog.Duration("took", took), slog.String("user", user),
		slog.String("address", x.client.addr.String()), slog.String("agent", r.UserAgent()))
}
