package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"convene/server/config"
	"convene/store"
)

// newTestFront is a front without a database, with dav behind it; what it logs is in the returned buffer.
func newTestFront(t testing.TB, cfg *config.Config, dav func(http.ResponseWriter, *http.Request, *store.Principal)) (*front, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	f := &front{cfg: cfg, log: NewLogger(log, cfg.Log), dav: dav, metrics: newMetrics(nil), idPrefix: "t-", routes: http.NotFoundHandler()}
	return f, log
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func networks(t testing.TB, list string) config.Networks {
	t.Helper()
	cfg, err := config.Load(config.Sources{Flags: []config.Flag{{Name: "test", Key: "http.trusted_proxies", Value: list}}})
	if err != nil {
		t.Fatal(err)
	}
	return cfg.HTTP.TrustedProxies
}

func TestClientOf(t *testing.T) {
	for _, c := range []struct {
		name, peer, forwarded, trusted string
		want                           string
		secure, local                  bool
	}{
		{"loopback", "127.0.0.1:5", "", "", "127.0.0.1", true, true},
		{"loopback, version 6", "[::1]:5", "", "", "::1", true, true},
		{"mapped loopback", "[::ffff:127.0.0.1]:5", "", "", "127.0.0.1", true, true},
		{"another machine", "192.0.2.1:5", "", "", "192.0.2.1", false, false},
		{"a lie from another machine", "192.0.2.1:5", "127.0.0.1", "", "192.0.2.1", false, false},
		{"a proxy on loopback that is not trusted", "127.0.0.1:5", "192.0.2.9", "", "127.0.0.1", true, false},
		{"trusted proxy", "10.0.0.1:5", "192.0.2.9", "10.0.0.0/8", "192.0.2.9", true, false},
		{"trusted proxy that says nothing", "10.0.0.1:5", "", "10.0.0.0/8", "10.0.0.1", true, false},
		{"two trusted proxies", "10.0.0.1:5", "192.0.2.9, 10.0.0.2", "10.0.0.0/8", "192.0.2.9", true, false},
		{"a client that lies to the proxy", "10.0.0.1:5", "127.0.0.1, 192.0.2.9", "10.0.0.0/8", "192.0.2.9", true, false},
		{"rubbish", "10.0.0.1:5", "192.0.2.9, unknown", "10.0.0.0/8", "10.0.0.1", true, false},
		{"with port", "10.0.0.1:5", "192.0.2.9:1234", "10.0.0.1", "192.0.2.9", true, false},
		{"version 6 with port", "10.0.0.1:5", "[2001:db8::1]:1234", "10.0.0.1", "2001:db8::1", true, false},
		{"version 6 in brackets", "10.0.0.1:5", "[2001:db8::1]", "10.0.0.1", "2001:db8::1", true, false},
		{"proxy on loopback for a client there", "127.0.0.1:5", "127.0.0.1", "127.0.0.1", "127.0.0.1", true, true},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		got := clientOf(r, networks(t, c.trusted))
		if got.addr.String() != c.want || got.secure != c.secure || got.local() != c.local {
			t.Errorf("%s: got %v secure %v local %v; want %s %v %v", c.name, got.addr, got.secure, got.local(), c.want, c.secure, c.local)
		}
	}
}

func TestPlainHTTPRefused(t *testing.T) {
	cfg := config.Default()
	cfg.URL = "https://cal.example.com"
	called := false
	f, _ := newTestFront(t, cfg, func(http.ResponseWriter, *http.Request, *store.Principal) { called = true })
	r := httptest.NewRequest("PROPFIND", "/dav/", nil)
	r.RemoteAddr = "192.0.2.1:5"
	r.SetBasicAuth("ann", "secret")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || called || w.Header().Get("WWW-Authenticate") != "" ||
		!strings.Contains(w.Body.String(), "https://cal.example.com/") || !strings.Contains(w.Body.String(), "change it") {
		t.Errorf("got %d %v %q, called %v", w.Code, w.Header(), w.Body, called)
	}
}

func TestRequestID(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.TrustedProxies = networks(t, "10.0.0.1")
	f, _ := newTestFront(t, cfg, func(w http.ResponseWriter, _ *http.Request, _ *store.Principal) { answer(w, 200, "hello") })
	for _, c := range []struct{ peer, sent, want string }{
		{"10.0.0.1:5", "from-proxy", "from-proxy"},
		{"10.0.0.1:5", "two words", "t-1"},
		{"10.0.0.1:5", strings.Repeat("x", 200), "t-2"},
		{"127.0.0.1:5", "from-client", "t-3"},
	} {
		r := httptest.NewRequest("PROPFIND", "/dav/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Request-Id", c.sent)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); got != c.want {
			t.Errorf("%s from %s: got %q, want %q", c.sent, c.peer, got, c.want)
		}
	}
}

func TestForwardedHost(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.TrustedProxies = networks(t, "10.0.0.1")
	var host string
	f, _ := newTestFront(t, cfg, func(_ http.ResponseWriter, r *http.Request, _ *store.Principal) { host = r.Host })
	for peer, want := range map[string]string{"10.0.0.1:5": "cal.example.com", "127.0.0.1:5": "inner"} {
		r := httptest.NewRequest("PROPFIND", "http://inner/dav/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Host", "cal.example.com, other")
		f.ServeHTTP(httptest.NewRecorder(), r)
		if host != want {
			t.Errorf("from %s: got %q, want %q", peer, host, want)
		}
	}
}

func TestPanic(t *testing.T) {
	f, log := newTestFront(t, config.Default(), func(w http.ResponseWriter, r *http.Request, _ *store.Principal) {
		if r.URL.Path == "/dav/late" {
			_, _ = io.WriteString(w, "half")
		}
		panic("oh no")
	})
	web := httptest.NewServer(f)
	defer web.Close()
	resp, err := http.Get(web.URL + "/dav/early")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	id := resp.Header.Get("X-Request-Id")
	if resp.StatusCode != 500 || id == "" || !strings.Contains(string(body), id) {
		t.Errorf("got %d %q, id %q", resp.StatusCode, body, id)
	}
	if s := log.String(); !strings.Contains(s, "oh no") || !strings.Contains(s, "request="+id) || !strings.Contains(s, "front_test.go") {
		t.Errorf("the log has not what happened: %s", s)
	}
	resp, err = http.Get(web.URL + "/dav/late")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("an answer that broke off looks whole")
	}
}

func TestBodyLimit(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.BodySize = 1000
	var got error
	f, _ := newTestFront(t, cfg, func(w http.ResponseWriter, r *http.Request, _ *store.Principal) {
		_, got = io.Copy(io.Discard, r.Body)
		answer(w, http.StatusRequestEntityTooLarge, "too large")
	})
	web := httptest.NewServer(f)
	defer web.Close()
	for _, chunked := range []bool{false, true} {
		var body io.Reader = strings.NewReader(strings.Repeat("x", 5000))
		if chunked {
			body = io.MultiReader(body)
		}
		resp, err := http.Post(web.URL+"/dav/a", "text/calendar", body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		var limit *http.MaxBytesError
		if !errors.As(got, &limit) || limit.Limit != 1000 {
			t.Errorf("chunked %v: got %v", chunked, got)
		}
	}
}

// A request that takes too long ends by its context; one whose client goes away too.
func TestRequestTimeout(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.RequestTimeout = time.Millisecond
	f, _ := newTestFront(t, cfg, func(w http.ResponseWriter, r *http.Request, _ *store.Principal) {
		<-r.Context().Done()
		answer(w, http.StatusServiceUnavailable, r.Context().Err().Error())
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("REPORT", "/dav/", nil)
	r.RemoteAddr = "127.0.0.1:1"
	f.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), context.DeadlineExceeded.Error()) {
		t.Errorf("got %q", w.Body)
	}
}

func TestRequestLines(t *testing.T) {
	for _, c := range []struct {
		requests string
		status   int
		want     bool
	}{{"none", 500, false}, {"problems", 200, false}, {"problems", 404, false}, {"problems", 503, true}, {"all", 200, true}} {
		cfg := config.Default()
		cfg.Log.Requests = c.requests
		f, log := newTestFront(t, cfg, func(w http.ResponseWriter, _ *http.Request, _ *store.Principal) { answer(w, c.status, "") })
		r := httptest.NewRequest("PUT", "/dav/a%20b", nil)
		r.RemoteAddr = "127.0.0.1:1"
		f.ServeHTTP(httptest.NewRecorder(), r)
		if got := strings.Contains(log.String(), "path=/dav/a%20b"); got != c.want {
			t.Errorf("%s, %d: logged %v, want %v: %s", c.requests, c.status, got, c.want, log)
		}
	}
}

func TestRedact(t *testing.T) {
	var b bytes.Buffer
	log := NewLogger(&b, config.Log{Level: "info", Format: "json"})
	log.Info("x", "password", "topsecret", "url", "postgres://ann:topsecret@db/convene", "Authorization", "topsecret", slog.Group("mail", "app_password", "topsecret"))
	if s := b.String(); strings.Contains(s, "topsecret") || !strings.Contains(s, "postgres://ann:xxxxx@db/convene") {
		t.Error(s)
	}
}

func BenchmarkFront(b *testing.B) {
	f, _ := newTestFront(b, config.Default(), func(w http.ResponseWriter, _ *http.Request, _ *store.Principal) { w.WriteHeader(204) })
	r := httptest.NewRequest("PROPFIND", "/dav/calendars/user/user01/Default/", nil)
	r.RemoteAddr = "127.0.0.1:1234"
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		f.ServeHTTP(w, r)
	}
}

// The URL of a published calendar is all that somebody needs to read it: it is in no line of the log.
func TestPublishedLog(t *testing.T) {
	cfg := config.Default()
	cfg.Log.Requests = "all"
	f, log := newTestFront(t, cfg, func(w http.ResponseWriter, r *http.Request, _ *store.Principal) {
		if r.Method == "PROPFIND" {
			panic("oh no")
		}
		answer(w, http.StatusInternalServerError, "no")
	})
	for _, path := range []string{"/published/secret.ics", "/dav/published/secret/a.ics", "//published/secret.ics"} {
		for _, method := range []string{"GET", "PROPFIND"} {
			r := httptest.NewRequest(method, "/", nil)
			r.URL.Path, r.RequestURI = path, path
			r.RemoteAddr = "127.0.0.1:5"
			f.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	if s := log.String(); strings.Contains(s, "secret") || strings.Count(s, "(token)") < 6 {
		t.Errorf("got %s", s)
	}
}

// Links that leave the server say https where a trusted proxy says that the client came by it.
func TestForwardedScheme(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.TrustedProxies = networks(t, "10.0.0.1")
	var scheme string
	f, _ := newTestFront(t, cfg, func(_ http.ResponseWriter, r *http.Request, _ *store.Principal) { scheme = r.URL.Scheme })
	for peer, want := range map[string]string{"10.0.0.1:5": "https", "127.0.0.1:5": ""} {
		r := httptest.NewRequest("PROPFIND", "/dav/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		f.ServeHTTP(httptest.NewRecorder(), r)
		if scheme != want {
			t.Errorf("from %s: got %q, want %q", peer, scheme, want)
		}
	}
}
