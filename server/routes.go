package server

import (
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

//go:embed welcome.html
var welcomeHTML string

var welcome = template.Must(template.New("welcome").Parse(welcomeHTML))

// newRoutes are the paths that are not WebDAV.
func (s *Server) newRoutes() http.Handler {
	r := chi.NewRouter()
	r.Get("/", s.serveWelcome)
	r.Head("/", s.serveWelcome)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	r.Get("/readyz", s.serveReady)
	r.Get("/metrics", s.serveMetrics)
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, "There is nothing here. Calendars are below /dav/.")
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		answer(w, http.StatusMethodNotAllowed, "This is for reading only. Calendars are below /dav/.")
	})
	return r
}

// serveWelcome is the page for a person who opens the server's address in a browser.
func (s *Server) serveWelcome(w http.ResponseWriter, r *http.Request) {
	base := string(s.cfg.URL)
	if base == "" {
		scheme := "http"
		if r.TLS != nil || contextExchange(r).client.trusted && r.Header.Get("X-Forwarded-Proto") == "https" {
			scheme = "https"
		}
		base = scheme + "://" + r.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	if err := welcome.Execute(w, struct{ URL string }{base + "/"}); err != nil {
		s.log.DebugContext(r.Context(), "welcome page", "error", err) // the client went away
	}
}

// serveReady says whether requests can be answered: not while stopping, and not without the database.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		s.log.WarnContext(r.Context(), "not ready", "error", err)
		answer(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	answer(w, http.StatusOK, "ready")
}

// serveMetrics is for this machine and the networks in metrics.allow.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	c := contextExchange(r).client
	if !c.local() && !s.cfg.Metrics.Allow.Contain(c.addr) {
		answer(w, http.StatusForbidden, "Metrics are for addresses in metrics.allow.")
		return
	}
	s.front.metrics.handler().ServeHTTP(w, r)
}

// contextExchange is the exchange that a request belongs to.
func contextExchange(r *http.Request) *exchange {
	return r.Context().Value(exchangeKey{}).(*exchange) // front sets it for all
}
