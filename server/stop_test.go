package server

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"convene/server/config"
	"convene/store"
)

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
