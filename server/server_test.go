package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"convene/server/auth"
	"convene/server/config"
	"convene/store"
	"convene/store/storetest"
)

// start serves cfg on a database of its own and returns the address, and a function that stops it and returns the error
// of serving.
func start(t *testing.T, cfg *config.Config, change func(*Server)) (addr string, s *Server, stop func() error) {
	t.Helper()
	db := storetest.New(t)
	log := &lockedBuffer{}
	s = New(cfg, db, NewLogger(log, cfg.Log))
	if change != nil {
		change(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() { done <- s.serve(ctx, listener, func(net.Addr) { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return listener.Addr().String(), s, func() error { cancel(); return <-done }
}

func get(t *testing.T, client *http.Client, url string) (status int, body string, resp *http.Response) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp
}

func TestPages(t *testing.T) {
	addr, s, stop := start(t, config.Default(), nil)
	if err := s.db.SetSetting(t.Context(), "x", "y"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "http://" + addr + "/", "/healthz": "ok", "/readyz": "ready", "/metrics": "convene_db_connections_max",
	} {
		if status, body, _ := get(t, http.DefaultClient, "http://"+addr+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %.300s", path, status, body)
		}
	}
	if status, _, _ := get(t, http.DefaultClient, "http://"+addr+"/nothing"); status != 404 {
		t.Errorf("/nothing: got %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestMetricsOfRequests(t *testing.T) {
	addr, _, _ := start(t, config.Default(), nil)
	for range 3 {
		get(t, http.DefaultClient, "http://"+addr+"/healthz")
	}
	req, _ := http.NewRequest("BREW", "http://"+addr+"/healthz", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	_, body, _ := get(t, http.DefaultClient, "http://"+addr+"/metrics")
	for _, want := range []string{`convene_http_requests_total{method="GET",status="200"} 3`, `convene_http_requests_total{method="OTHER",status="405"} 1`,
		`convene_http_request_seconds_count{method="GET"} 3`, `convene_stored{kind="object"} 0`, `convene_cache_in_use 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestMetricsForOthers(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.TrustedProxies = networks(t, "127.0.0.1")
	cfg.Metrics.Allow = networks(t, "192.0.2.0/24")
	addr, _, _ := start(t, cfg, nil)
	for forwarded, want := range map[string]int{"": 200, "192.0.2.9": 200, "198.51.100.1": 403} {
		req, _ := http.NewRequest("GET", "http://"+addr+"/metrics", nil)
		if forwarded != "" {
			req.Header.Set("X-Forwarded-For", forwarded)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("from %q: got %d, want %d", forwarded, resp.StatusCode, want)
		}
	}
}

func TestLogin(t *testing.T) {
	addr, s, _ := start(t, config.Default(), nil)
	hash, err := auth.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", PasswordHash: hash}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		password string
		want     int
	}{{"right", 207}, {"right", 207}, {"wrong", 401}, {"", 401}} {
		req, _ := http.NewRequest("PROPFIND", "http://"+addr+"/dav/principals/user/ann/", nil)
		req.Header.Set("Depth", "0")
		if c.password != "" {
			req.SetBasicAuth("ann", c.password)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if challenge := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != c.want || (c.want == 401) != (challenge != "") {
			t.Errorf("password %q: got %d %q, want %d", c.password, resp.StatusCode, challenge, c.want)
		}
	}
}

func TestMetricsOfReports(t *testing.T) {
	addr, s, _ := start(t, config.Default(), nil)
	hash, err := auth.HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", PasswordHash: hash}); err != nil {
		t.Fatal(err)
	}
	const body = `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`
	req, _ := http.NewRequest("REPORT", "http://"+addr+"/dav/calendars/user/ann/Default/", strings.NewReader(body))
	req.SetBasicAuth("ann", "right")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if _, metrics, _ := get(t, http.DefaultClient, "http://"+addr+"/metrics"); !strings.Contains(metrics, `convene_reports_total{report="sync-collection"} 1`) ||
		!strings.Contains(metrics, `convene_logins_total{result="password"} 1`) {
		t.Errorf("answer %d; metrics:\n%s", resp.StatusCode, metrics)
	}
}

// HTTP/2 without TLS, as some proxies speak it.
func TestUnencryptedHTTP2(t *testing.T) {
	addr, _, _ := start(t, config.Default(), nil)
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	if status, _, resp := get(t, &http.Client{Transport: transport}, "http://"+addr+"/healthz"); status != 200 || resp.ProtoMajor != 2 {
		t.Errorf("got %d %s", status, resp.Proto)
	}
}

// Run as a whole: a second server on the same folder is refused, and after stopping nothing is left running.
func TestRun(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	dir, err := os.MkdirTemp("", "cvn") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cfg.Data = dir
	log := NewLogger(&lockedBuffer{}, cfg.Log)
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- Run(ctx, cfg, log, func(a net.Addr) { ready <- a }) }()
	var addr net.Addr
	select {
	case addr = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	if status, body, _ := get(t, http.DefaultClient, "http://"+addr.String()+"/readyz"); status != 200 {
		t.Errorf("got %d %s", status, body)
	}
	if err := Run(t.Context(), cfg, log, nil); err == nil || !strings.Contains(err.Error(), "in use by another convene") {
		t.Errorf("a second server: %v", err)
	}
	again := *cfg
	again.Listen = config.HostPort(addr.String())
	if err := Run(t.Context(), &again, log, nil); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("the same address: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, ignore)
}
