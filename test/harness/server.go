package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say how a Server is started. The zero value is what most tests want.
type Options struct {
	Config string   // content of a configuration file; "" for none
	Args   []string // further arguments of convene serve
	Env    []string // further environment, as "KEY=value"
	Own    bool     // a process is needed: $CONVENE_TEST_URL is not looked at
}

// Server is a running convene, or one at $CONVENE_TEST_URL of which only URL is known.
type Server struct {
	URL  string // without a trailing slash
	Dir  string // the data folder; "" if the server is not ours
	opts Options
	addr string
	log  string // path of its log

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	next int           // the last account handed out
}

// startTime bounds how long a server may take until it is ready, a first start (which makes a database cluster) included.
const startTime = 60 * time.Second

// Start builds convene if needed, starts it, waits until it is ready and imports the accounts.
func Start(opts Options) (*Server, error) {
	if base := os.Getenv("CONVENE_TEST_URL"); base != "" && !opts.Own {
		return &Server{URL: strings.TrimSuffix(base, "/")}, nil
	}
	if _, err := Binary(); err != nil {
		return nil, err
	}
	top, err := os.MkdirTemp("", "cvn") // short: a Unix socket's path has 107 bytes at most
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(top, 0o755); err != nil { // the database runs as another user when we are root
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + addr, Dir: filepath.Join(top, "data"), opts: opts, addr: addr, log: filepath.Join(top, "log")}
	if err := s.configure(); err != nil {
		return nil, err
	}
	if err := s.Launch(); err != nil {
		return nil, err
	}
	if err := s.WaitReady(startTime); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.importUsers(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// freeAddr returns a loopback address with a port that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (s *Server) configPath() string { return filepath.Join(filepath.Dir(s.Dir), "convene.toml") }

func (s *Server) configure() error {
	if s.opts.Config == "" {
		return nil
	}
	return os.WriteFile(s.configPath(), []byte(s.opts.Config), 0o644)
}

// Launch starts the process with the same command line as ever, without waiting for it to be ready.
func (s *Server) Launch() error {
	binary, err := Binary()
	if err != nil {
		return err
	}
	args := []string{"serve", "--data", s.Dir, "--listen", s.addr}
	if s.opts.Config != "" {
		args = append(args, "--config", s.configPath())
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, append(args, s.opts.Args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), s.opts.Env...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("harness: start: %w", err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in the log; that it ended is what counts
		close(done)
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd, s.done = cmd, done
	return nil
}

// WaitReady returns once /readyz answers 200; an error if that takes longer than limit or the process ends.
func (s *Server) WaitReady(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.Ready(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("harness: not ready after %v; log:\n%s", limit, s.LogTail(4096))
		case <-s.ended():
			return fmt.Errorf("harness: the server ended; log:\n%s", s.LogTail(4096))
		case <-tick.C:
		}
	}
}

// Ready asks /readyz once.
func (s *Server) Ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (s *Server) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// PID returns the process id of the server.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// Kill ends the server by SIGKILL and waits until it is gone.
func (s *Server) Kill() error {
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		return err
	}
	<-s.ended()
	return nil
}

// Stop ends the server by SIGTERM; an error if it takes longer than 20 seconds.
func (s *Server) Stop() error {
	if err := syscall.Kill(s.PID(), syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	select {
	case <-s.ended():
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(fmt.Errorf("harness: still running 20 s after SIGTERM"), s.Kill())
	}
}

// Close stops the server and removes its folder.
func (s *Server) Close() {
	if s.Dir == "" {
		return
	}
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(filepath.Dir(s.Dir))
}

// LogTail returns the last n bytes of the log.
func (s *Server) LogTail(n int) string {
	log, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-n):])
}

// LogError says whether the log tells of a panic, a data race or a Go runtime failure.
func (s *Server) LogError() error {
	if s.Dir == "" {
		return nil
	}
	log, err := os.ReadFile(s.log)
	if err != nil {
		return err
	}
	for _, word := range []string{"panic", "fatal error:", "DATA RACE", "goroutine 1 ["} {
		if i := bytes.Index(log, []byte(word)); i >= 0 {
			return fmt.Errorf("harness: the server's log has %q:\n%s", word, log[max(0, i-500):min(len(log), i+3000)])
		}
	}
	return nil
}
