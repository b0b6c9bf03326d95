package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"convene/server/config"
)

type doctorCommand struct {
	settings
	Check string `name:"url" placeholder:"URL" help:"Also look at the server there as a client would, from discovery to the list of calendars."`
	User  string `placeholder:"NAME" help:"Account to log in with at --url; its password is read from standard input."`
	JSON  bool   `help:"Print JSON."`
}

// Help explains.
func (doctorCommand) Help() string {
	return `It checks the database, the clock, disk space, time zone data, TLS, the DNS records by which clients find the server, and
the mail settings. It works beside the running server. The exit code is 1 if something has to be mended.

Examples:
  convene doctor --config /etc/convene/convene.toml
  convene doctor --url https://cal.example.com --user ann < password.txt`
}

// verdict is the outcome of a check.
type verdict string

const (
	good verdict = "ok"
	note verdict = "note" // works, but should be known
	bad  verdict = "bad"  // has to be mended
)

// finding is one line of the report.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Detail  string  `json:"detail"`
	Mend    string  `json:"mend,omitempty"` // what to do
}

// examination runs the checks and collects what they find.
type examination struct {
	run      *session
	cfg      *config.Config
	findings []finding
}

func (e *examination) add(check string, v verdict, mend, format string, args ...any) {
	e.findings = append(e.findings, finding{check, v, fmt.Sprintf(format, args...), mend})
}

// checkTime bounds one check that talks over the network.
const checkTime = 10 * time.Second

// bounded is a context for a check that talks over the network.
func (e *examination) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(e.run.ctx, checkTime)
}

// errIll says that the report has something to mend; it is printed already.
var errIll = errors.New("something has to be mended")

// Run examines the installation.
func (c *doctorCommand) Run(run *session) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	e := &examination{run: run, cfg: cfg}
	e.checkDatabase(&c.settings)
	e.checkDisk()
	e.checkZones()
	e.checkAccess()
	e.checkTLS()
	e.checkDNS()
	e.checkMail()
	if c.Check != "" {
		if err := e.checkAsClient(c.Check, c.User); err != nil {
			return err
		}
	}
	if c.JSON {
		if err := printJSON(run.out, e.findings); err != nil {
			return err
		}
	} else {
		e.print()
	}
	for _, f := range e.findings {
		if f.Verdict == bad {
			return errIll
		}
	}
	return nil
}

func (e *examination) print() {
	for _, f := range e.findings {
		printf(e.run.out, "%-5s %-10s %s\n", f.Verdict, f.Check, f.Detail)
		if f.Mend != "" {
			printf(e.run.out, "%-5s %-10s -> %s\n", "", "", f.Mend)
		}
	}
}

// host is the host name in the configured URL.
func (e *examination) host() string {
	u, err := url.Parse(string(e.cfg.URL))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// checkAccess looks at how clients reach the server and whether their passwords are safe on the way.
func (e *examination) checkAccess() {
	encrypted := e.cfg.TLS.Cert != "" || len(e.cfg.TLS.ACMEDomains) > 0
	host, _, _ := net.SplitHostPort(string(e.cfg.Listen)) // config has looked at it
	loopback := host == "localhost" || net.ParseIP(host).IsLoopback()
	proxied := len(e.cfg.HTTP.TrustedProxies) > 0
	switch {
	case encrypted:
		e.add("access", good, "", "listens on %s with TLS", e.cfg.Listen)
	case proxied:
		e.add("access", good, "", "listens on %s for the trusted proxies", e.cfg.Listen)
	case loopback:
		e.add("access", note, "for other machines set up TLS (tls.cert or tls.acme_domains) or a proxy (http.trusted_proxies)",
			"listens on %s, for this machine only", e.cfg.Listen)
	default:
		e.add("access", bad, "set up TLS (tls.cert or tls.acme_domains) or a proxy (http.trusted_proxies)",
			"listens on %s without TLS: passwords from other machines are refused", e.cfg.Listen)
	}
	if e.cfg.URL == "" {
		e.add("access", note, "set url to the address that clients use", "url is not set")
	}
}
