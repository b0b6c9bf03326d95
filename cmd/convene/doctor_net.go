package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
)

// renewBefore is how long before its end a certificate should have been renewed.
const renewBefore = 14 * 24 * time.Hour

func (e *examination) checkTLS() {
	if e.cfg.TLS.Cert != "" {
		pair, err := tls.LoadX509KeyPair(e.cfg.TLS.Cert, e.cfg.TLS.Key)
		if err != nil {
			e.add("tls", bad, "see tls.cert and tls.key", "%v", err)
			return
		}
		e.checkCertificate(pair.Leaf, "the file "+e.cfg.TLS.Cert)
	}
	u, err := url.Parse(string(e.cfg.URL))
	if err != nil || u.Scheme != "https" {
		return
	}
	ctx, cancel := e.bounded()
	defer cancel()
	address := net.JoinHostPort(u.Hostname(), portOr(u.Port(), "443"))
	conn, err := (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		e.add("tls", bad, "send the whole chain, and use an authority that clients trust", "%s: %v", address, err)
		return
	case err != nil:
		e.add("tls", bad, "see that the server or its proxy is reachable there with a valid certificate", "%s: %v", address, err)
		return
	}
	defer conn.Close()
	e.checkCertificate(conn.(*tls.Conn).ConnectionState().PeerCertificates[0], address)
}

func portOr(port, other string) string {
	if port == "" {
		return other
	}
	return port
}

func (e *examination) checkCertificate(leaf *x509.Certificate, where string) {
	left := time.Until(leaf.NotAfter)
	switch host := e.host(); {
	case left < 0:
		e.add("tls", bad, "renew it", "the certificate of %s ended on %s", where, leaf.NotAfter.Format(time.DateOnly))
	case left < renewBefore:
		e.add("tls", bad, "renew it, and see why that did not happen by itself", "the certificate of %s ends on %s", where, leaf.NotAfter.Format(time.DateOnly))
	case host != "" && leaf.VerifyHostname(host) != nil:
		e.add("tls", bad, "use a certificate for the name in url", "the certificate of %s is not for %s", where, host)
	default:
		e.add("tls", good, "", "the certificate of %s is valid until %s", where, leaf.NotAfter.Format(time.DateOnly))
	}
}

// checkDNS looks for the records by which clients find the server from a mail address (RFC 6764 section 3).
func (e *examination) checkDNS() {
	domain := e.cfg.Domain
	if domain == "" {
		e.add("dns", note, "set domain to the part of your addresses after the @", "domain is not set, so discovery by address is not checked")
		return
	}
	ctx, cancel := e.bounded()
	defer cancel()
	u, err := url.Parse(string(e.cfg.URL))
	if err != nil || u.Host == "" {
		u = &url.URL{Scheme: "https", Host: "cal." + domain}
	}
	want := fmt.Sprintf("_caldavs._tcp.%s. IN SRV 0 1 %s %s.", domain, portOr(u.Port(), "443"), u.Hostname())
	_, records, err := net.DefaultResolver.LookupSRV(ctx, "caldavs", "tcp", domain)
	var failure *net.DNSError
	switch {
	case errors.As(err, &failure) && failure.IsNotFound, err == nil && len(records) == 0:
		e.add("dns", note, "publish: "+want, "no SRV record _caldavs._tcp.%s: clients cannot find the server from an address", domain)
		return
	case err != nil:
		e.add("dns", note, "look again where DNS can be asked", "_caldavs._tcp.%s: %v", domain, err)
		return
	}
	target := net.JoinHostPort(strings.TrimSuffix(records[0].Target, "."), strconv.Itoa(int(records[0].Port)))
	if e.cfg.URL != "" && target != net.JoinHostPort(u.Hostname(), portOr(u.Port(), "443")) {
		e.add("dns", bad, "publish: "+want, "the SRV record points to %s, and not to url", target)
		return
	}
	e.add("dns", good, "", "the SRV record points to %s", target)
	e.checkTXT(ctx, domain)
}

func (e *examination) checkTXT(ctx context.Context, domain string) {
	texts, err := net.DefaultResolver.LookupTXT(ctx, "_caldavs._tcp."+domain)
	if err != nil {
		return // the TXT record can be left out
	}
	for _, text := range texts {
		if path, ok := strings.CutPrefix(text, "path="); ok && path != "/dav/" && path != "/.well-known/caldav" && path != "/" {
			e.add("dns", bad, `publish: TXT "path=/dav/", or remove the record`, "the TXT record names the path %q", path)
		}
	}
}

// checkMail logs in at the submission server, and sends nothing.
func (e *examination) checkMail() {
	m := e.cfg.Mail
	if m.Server == "" {
		e.add("mail", note, "set mail.server and mail.from", "not set up: nothing is sent by e-mail")
		return
	}
	if err := e.tryMail(); err != nil {
		e.add("mail", bad, "see mail.server, mail.user and mail.password", "%s: %v", m.Server, err)
		return
	}
	e.add("mail", good, "", "%s takes mail from %s", m.Server, m.From)
}

func (e *examination) tryMail() error {
	m := e.cfg.Mail
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil {
		return err
	}
	ctx, cancel := e.bounded()
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if port == "465" { // TLS from the start (RFC 8314 section 3.3)
		dial = (&tls.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp", m.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(checkTime)); err != nil {
		return err
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if offered, _ := client.Extension("STARTTLS"); offered && port != "465" {
		if err := client.StartTLS(&tls.Config{ServerName: host}); err != nil {
			return err
		}
	}
	if m.User != "" {
		if err := client.Auth(smtp.PlainAuth("", m.User, m.Password, host)); err != nil {
			return err
		}
	}
	if err := client.Mail(m.From); err != nil {
		return err
	}
	return client.Quit()
}

// checkAsClient goes the way of a client that knows a URL, a name and a password (RFC 6764 section 6).
func (e *examination) checkAsClient(base, user string) error {
	if user == "" {
		return usageError("--url needs --user, and the password on standard input")
	}
	password, err := readLine(e.run.in)
	if err != nil {
		return err
	}
	ctx, cancel := e.bounded()
	defer cancel()
	calendars, err := discover(ctx, base, user, password)
	if err != nil {
		e.add("client", bad, "see that a proxy passes all methods (PROPFIND, REPORT ...), /.well-known/caldav and /dav/ on", "%s: %v", base, err)
		return nil
	}
	e.add("client", good, "", "%s finds %d calendars: %s", user, len(calendars), strings.Join(calendars, ", "))
	return nil
}

// discover returns the paths of the calendars that a client finds.
func discover(ctx context.Context, base, user, password string) ([]string, error) {
	start, err := wellKnown(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("/.well-known/caldav: %w", err)
	}
	client, err := caldav.NewClient(webdav.HTTPClientWithBasicAuth(&http.Client{Timeout: checkTime}, user, password), start)
	if err != nil {
		return nil, err
	}
	principal, err := client.FindCurrentUserPrincipal(ctx)
	if err != nil {
		return nil, fmt.Errorf("current-user-principal: %w", err)
	}
	home, err := client.FindCalendarHomeSet(ctx, principal)
	if err != nil {
		return nil, fmt.Errorf("calendar-home-set: %w", err)
	}
	found, err := client.FindCalendars(ctx, home)
	if err != nil {
		return nil, fmt.Errorf("calendars: %w", err)
	}
	var paths []string
	for _, c := range found {
		paths = append(paths, c.Path)
	}
	return paths, nil
}

// wellKnown follows the redirect from the place where clients begin (RFC 6764 section 5).
func wellKnown(ctx context.Context, base string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, "PROPFIND", strings.TrimRight(base, "/")+"/.well-known/caldav", nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Timeout: checkTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("the answer is %s, and not a redirect", resp.Status)
	}
	return to.String(), nil
}
