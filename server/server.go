package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/certmagic"

	"convene/caldav"
	"convene/scheduling"
	"convene/server/auth"
	"convene/server/config"
	"convene/store"
)

// Server answers requests over HTTP until it is stopped.
type Server struct {
	cfg   *config.Config
	log   *slog.Logger
	db    *store.DB
	front *front

	scheduling *scheduling.Engine

	stopping  atomic.Bool
	challenge *certmagic.ACMEIssuer // nil without a listener for the HTTP challenge
}

// Run starts the database and the server, and stops both when ctx ends: it says that it is not ready, stops listening,
// finishes requests, stops work in the background, closes the database, and stops the private PostgreSQL, in this order.
// A fault that ends the server before is returned. When ready is not nil it is called with the address in use.
func Run(ctx context.Context, cfg *config.Config, log *slog.Logger, ready func(net.Addr)) (err error) {
	listener, err := net.Listen("tcp", string(cfg.Listen)) // first: whether the address is free shows at once
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	defer listener.Close() // closed twice after serving; only the first counts
	database, err := StartDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Stop()) }()
	db, err := store.Open(ctx, StoreOptions(cfg, database.URL, log))
	if err != nil {
		return err
	}
	defer db.Close()
	return New(cfg, db, log).serve(ctx, listener, ready)
}

// New returns a server on an open database.
func New(cfg *config.Config, db *store.DB, log *slog.Logger) *Server {
	s := &Server{cfg: cfg, log: log, db: db}
	m := newMetrics(db)
	s.scheduling = scheduling.New(scheduling.Options{
		DB: db, Log: log,
		Off:          !cfg.Scheduling.Enabled,
		Domains:      cfg.Scheduling.Domains,
		RefreshDelay: cfg.Scheduling.RefreshDelay,
		MaxMembers:   cfg.Limits.Attendees,
		MaxInstances: cfg.Limits.Instances,
		URL:          string(cfg.URL),
		Count:        m.scheduled,
	})
	handler := caldav.New(caldav.Options{
		DB: db, Log: log,
		MaxObjectBytes: int(cfg.Limits.ObjectSize),
		MaxInstances:   cfg.Limits.Instances,
		MaxAttendees:   cfg.Limits.Attendees,
		MaxLockTime:    cfg.Limits.LockTime,
		URL:            string(cfg.URL),
		ListGranted:    cfg.Sharing.ListGranted,
		Scheduling:     s.scheduling,
		CountReport:    func(name string) { m.reports.WithLabelValues(name).Inc() },
	})
	s.front = &front{
		cfg: cfg, log: log, metrics: m, idPrefix: newIDPrefix(),
		auth: auth.New(auth.Options{DB: db, Log: log, CacheTime: cfg.Auth.CacheTime, FreeFailures: cfg.Auth.FreeFailures,
			Count: func(result string) { m.logins.WithLabelValues(result).Inc() }}),
		dav: handler.ServeDAV,
	}
	s.front.routes = s.newRoutes()
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// serve answers requests on listener until ctx ends, with the background work beside it.
func (s *Server) serve(ctx context.Context, listener net.Listener, ready func(net.Addr)) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	encryption, err := s.tlsConfig(work)
	if err != nil {
		return err
	}
	web := s.newHTTPServer(encryption)
	failed := make(chan error, 2)
	go func() {
		if encryption != nil {
			failed <- web.ServeTLS(listener, "", "")
			return
		}
		failed <- web.Serve(listener)
	}()
	servers := []*http.Server{web}
	if s.challenge != nil {
		plain := plainListener(s.cfg, s.challenge, s.log)
		servers = append(servers, plain)
		go func() { failed <- plain.ListenAndServe() }()
	}
	var background sync.WaitGroup
	background.Go(func() { s.maintain(work) })
	background.Go(func() { s.scheduling.RunJobs(work) })

	s.log.Info("ready", "address", listener.Addr().String(), "tls", encryption != nil, "database", s.databaseKind())
	if ready != nil {
		ready(listener.Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info("stopping")
	}
	s.stopping.Store(true)
	err = errors.Join(err, s.finishRequests(servers))
	stopWork()
	background.Wait()
	return err
}

func (s *Server) databaseKind() string {
	if s.cfg.Database.URL == "" {
		return "private"
	}
	return "configured"
}

func (s *Server) newHTTPServer(encryption *tls.Config) *http.Server {
	h := s.cfg.HTTP
	web := &http.Server{
		Handler:           s,
		TLSConfig:         encryption,
		ReadHeaderTimeout: h.HeaderTimeout,
		ReadTimeout:       h.ReadTimeout,
		WriteTimeout:      h.RequestTimeout + h.WriteTimeout, // exchange.Write gives long answers more
		IdleTimeout:       h.IdleTimeout,
		MaxHeaderBytes:    int(h.HeaderSize),
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // clients' faults, and no secrets
		Protocols:         new(http.Protocols),
	}
	web.Protocols.SetHTTP1(true)
	web.Protocols.SetHTTP2(true)
	web.Protocols.SetUnencryptedHTTP2(true) // proxies may speak it, with prior knowledge (RFC 9113 section 3.3)
	return web
}

// finishRequests stops listening and waits for the requests under way; those that take too long are cut off.
func (s *Server) finishRequests(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.HTTP.StopTimeout)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		err := srv.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			s.log.Warn("requests under way were cut off", "waited", s.cfg.HTTP.StopTimeout)
			err = srv.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
