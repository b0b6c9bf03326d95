package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"convene/server/config"
)

// protocols are offered to TLS clients.
var protocols = []string{"h2", "http/1.1"}

// tlsConfig returns how connections are encrypted; nil for plain HTTP.
func (s *Server) tlsConfig(ctx context.Context) (*tls.Config, error) {
	switch t := s.cfg.TLS; {
	case t.Cert != "":
		files := &certFiles{cert: t.Cert, key: t.Key, log: s.log}
		if err := files.load(); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: files.get}, nil
	case len(t.ACMEDomains) > 0:
		return s.startACME(ctx)
	}
	return nil, nil
}

// certFiles is a certificate in files that are looked at again when they change.
type certFiles struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   time.Time // modification time of the newer file
	looked  time.Time
}

// lookAgain is how often the files are looked at, at most.
const lookAgain = 10 * time.Second

func (f *certFiles) modified() (time.Time, error) {
	var newest time.Time
	for _, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

func (f *certFiles) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp, err := f.modified()
	if err != nil {
		return fmt.Errorf("server: certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("server: certificate: %w", err)
	}
	f.current, f.stamp, f.looked = &pair, stamp, time.Now()
	return nil
}

// get returns the certificate for a connection. While new files cannot be read the last good ones serve.
func (f *certFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if f.changed() {
		if err := f.load(); err != nil {
			f.log.Error("new certificate not taken", "error", err)
		} else {
			f.log.Info("new certificate taken", "file", f.cert)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current, nil
}

func (f *certFiles) changed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookAgain {
		return false
	}
	f.looked = time.Now()
	stamp, err := f.modified()
	return err == nil && !stamp.Equal(f.stamp)
}

// startACME fetches certificates by ACME (RFC 8555) and keeps them fresh until ctx ends. They are kept below the data folder.
func (s *Server) startACME(ctx context.Context) (*tls.Config, error) {
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           zap.NewNop(),
	})
	context.AfterFunc(ctx, cache.Stop)
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: filepath.Join(s.cfg.Data, "acme")},
		Logger:  zap.NewNop(),
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			switch event {
			case "cert_obtained":
				s.log.Info("certificate obtained", "name", data["identifier"])
			case "cert_failed":
				s.log.Error("no certificate could be obtained", "name", data["identifier"], "error", data["error"])
			}
			return nil
		},
	})
	issuer := certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		AltHTTPPort:          port(s.cfg.TLS.ACMEHTTPListen),
		AltTLSALPNPort:       port(s.cfg.Listen),
		CA:                   string(s.cfg.TLS.ACMEDirectory),
		Email:                s.cfg.TLS.ACMEEmail,
		Agreed:               true, // by setting tls.acme_domains; its documentation says so
		DisableHTTPChallenge: s.cfg.TLS.ACMEHTTPListen == "",
		Logger:               zap.NewNop(),
	})
	magic.Issuers = []certmagic.Issuer{issuer}
	if s.cfg.TLS.ACMEHTTPListen != "" {
		s.challenge = issuer
	}
	if err := magic.ManageAsync(ctx, s.cfg.TLS.ACMEDomains); err != nil {
		return nil, fmt.Errorf("server: ACME: %w", err)
	}
	c := magic.TLSConfig()
	c.NextProtos = append(c.NextProtos, protocols...)
	return c, nil
}

// port is the number in an address to listen on; 0 if there is none.
func port(h config.HostPort) int {
	_, digits, _ := net.SplitHostPort(string(h)) // config has looked at it
	n, _ := strconv.Atoi(digits)
	return n
}

// plainListener answers the authority's HTTP challenge and sends all else to https.
func plainListener(cfg *config.Config, challenge *certmagic.ACMEIssuer, log *slog.Logger) *http.Server {
	redirect := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusMovedPermanently)
	})
	return &http.Server{
		Addr:              string(cfg.TLS.ACMEHTTPListen),
		Handler:           challenge.HTTPChallengeHandler(redirect),
		ReadHeaderTimeout: cfg.HTTP.HeaderTimeout,
		ReadTimeout:       cfg.HTTP.ReadTimeout,
		WriteTimeout:      cfg.HTTP.WriteTimeout,
		IdleTimeout:       cfg.HTTP.IdleTimeout,
		MaxHeaderBytes:    int(cfg.HTTP.HeaderSize),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
