package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// A request under way when the server stops is finished; a new one finds nobody; readyz says so first.
func TestStopFinishesRequests(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	addr, s, stop := start(t, config.Default(), func(s *Server) {
		s.front.dav = func(w http.ResponseWriter, _ *http.Request, _ *store.Principal) {
			close(begun)
			<-release
			answer(w, 200, "finished")
		}
	})
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/dav/")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answered <- string(b)
	}()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for !s.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	for { // the listener closes right after
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request under way: %v", err)
	default:
	}
	close(release)
	if got := <-answered; got != "finished\n" {
		t.Errorf("got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// A request that does not end is cut off.
func TestStopInTime(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.StopTimeout = 50 * time.Millisecond
	begun := make(chan struct{})
	addr, _, stop := start(t, cfg, func(s *Server) {
		s.front.dav = func(_ http.ResponseWriter, r *http.Request, _ *store.Principal) {
			close(begun)
			<-r.Context().Done()
		}
	})
	go func() {
		if resp, err := http.Get("http://" + addr + "/dav/"); err == nil {
			resp.Body.Close()
		}
	}()
	<-begun
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A client that takes forever to send its request, or to read the answer, is let go.
func TestSlowClients(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.HeaderTimeout = 50 * time.Millisecond
	cfg.HTTP.ReadTimeout = 100 * time.Millisecond
	cfg.HTTP.WriteTimeout = 100 * time.Millisecond
	ended := make(chan error, 1)
	addr, _, _ := start(t, cfg, func(s *Server) {
		s.front.dav = func(w http.ResponseWriter, r *http.Request, _ *store.Principal) {
			if r.Method == "PUT" {
				_, err := io.Copy(io.Discard, r.Body)
				ended <- err
				return
			}
			chunk := make([]byte, 1<<20)
			for {
				if _, err := w.Write(chunk); err != nil {
					ended <- err
					return
				}
			}
		}
	})
	for name, request := range map[string]string{
		"header never ends": "GET /dav/ HTTP/1.1\r\nHost: x\r\nX-More:",
		"body never ends":   "PUT /dav/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
		"answer never read": "REPORT /dav/ HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		if name == "header never ends" {
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else {
			select {
			case err := <-ended:
				if err == nil {
					t.Errorf("%s: no error", name)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("%s: the server waits on", name)
			}
		}
		conn.Close()
	}
}

// A long answer to a client that reads on takes longer than the timeout of one part.
func TestLongAnswer(t *testing.T) {
	cfg := config.Default()
	cfg.HTTP.WriteTimeout = 200 * time.Millisecond
	cfg.HTTP.RequestTimeout = 200 * time.Millisecond
	const parts, size = 20, 1 << 20
	addr, _, _ := start(t, cfg, func(s *Server) {
		s.front.dav = func(w http.ResponseWriter, _ *http.Request, _ *store.Principal) {
			for range parts {
				time.Sleep(40 * time.Millisecond)
				if _, err := w.Write(make([]byte, size)); err != nil {
					return
				}
			}
		}
	})
	req, _ := http.NewRequest("REPORT", "http://"+addr+"/dav/", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != parts*size {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

// certificate writes a self-signed certificate for name into dir.
func certificate(t *testing.T, dir, name string, serial int64) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

func TestTLS(t *testing.T) {
	cfg := config.Default()
	var pool *x509.CertPool
	cfg.TLS.Cert, cfg.TLS.Key, pool = certificate(t, t.TempDir(), "cal.example.com", 1)
	addr, _, _ := start(t, cfg, nil)
	for _, c := range []struct {
		http2 bool
		want  string
	}{{true, "HTTP/2.0"}, {false, "HTTP/1.1"}} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "cal.example.com"}, ForceAttemptHTTP2: c.http2}
		status, body, resp := get(t, &http.Client{Transport: transport}, "https://"+addr+"/")
		if status != 200 || resp.Proto != c.want || !strings.Contains(body, "https://"+addr+"/") {
			t.Errorf("got %d %s, want %s", status, resp.Proto, c.want)
		}
		transport.CloseIdleConnections()
	}
	old := &tls.Config{RootCAs: pool, ServerName: "cal.example.com", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if conn, err := tls.Dial("tcp", addr, old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was taken")
	}
}

func TestNewCertificateIsTaken(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := certificate(t, dir, "cal.example.com", 1)
	files := &certFiles{cert: cert, key: key, log: NewLogger(io.Discard, config.Default().Log)}
	if err := files.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c, err := files.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber.Int64()
	}
	certificate(t, dir, "cal.example.com", 2)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 1 {
		t.Errorf("looked at the files again at once: %d", got)
	}
	files.looked = time.Now().Add(-time.Minute)
	if got := serial(); got != 2 {
		t.Errorf("got certificate %d, want the new one", got)
	}
	if err := os.WriteFile(cert, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	files.looked = time.Time{}
	if got := serial(); got != 2 {
		t.Errorf("got certificate %d, want the last good one", got)
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

// discard is a response writer that keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// BenchmarkPoll is the request that clients send most: has the calendar changed? All of the server is in it but the
// connection.
func BenchmarkPoll(b *testing.B) {
	db := storetest.New(b)
	s := New(config.Default(), db, NewLogger(io.Discard, config.Default().Log))
	hash, err := auth.HashPassword(b.Context(), "right")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", PasswordHash: hash}); err != nil {
		b.Fatal(err)
	}
	const body = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>`
	r, err := http.NewRequest("PROPFIND", "/dav/calendars/user/ann/Default/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:1234"
	r.SetBasicAuth("ann", "right")
	r.Header.Set("Depth", "0")
	r.ContentLength = int64(len(body))
	w := &discard{header: http.Header{}}
	reader := strings.NewReader(body)
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(body)
		r.Body = io.NopCloser(reader)
		clear(w.header)
		s.ServeHTTP(w, r)
		if w.status != http.StatusMultiStatus {
			b.Fatalf("status %d", w.status)
		}
	}
}
