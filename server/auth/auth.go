package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"convene/store"
)

// Challenge is the WWW-Authenticate header that asks for credentials.
const Challenge = `Basic realm="convene", charset="UTF-8"`

// ErrRefused is returned for wrong credentials, whatever is wrong with them.
var ErrRefused = errors.New("auth: the name or the secret is wrong")

// Throttled is returned instead of checking a secret after too many failures.
type Throttled struct{ For time.Duration }

func (t *Throttled) Error() string { return fmt.Sprintf("auth: too many failures, wait %v", t.For) }

// Backend proves that a secret is a principal's.
type Backend interface {
	// Name is for logs and metrics.
	Name() string
	// Guessable says whether secrets are chosen by people, so that attempts have to be slowed down.
	Guessable() bool
	// Check says whether secret is one of who's. An error means that it cannot be known now.
	Check(ctx context.Context, who *store.Principal, secret string) (bool, error)
}

// Options of an Authenticator. DB is required.
type Options struct {
	DB           *store.DB
	Log          *slog.Logger
	Now          func() time.Time
	CacheTime    time.Duration // how long proven credentials are remembered; 0: 5 minutes
	FreeFailures int           // before attempts are slowed down; 0: 5
	Count        func(result string)
}

// Authenticator finds out who sends a request.
type Authenticator struct {
	db       *store.DB
	log      *slog.Logger
	now      func() time.Time
	count    func(result string)
	backends []Backend // in the order they are asked
	proven   *proven
	throttle *throttle
}

// New returns an Authenticator. It listens to changes in the store for as long as that is open.
func New(o Options) *Authenticator {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Count == nil {
		o.Count = func(string) {}
	}
	if o.CacheTime == 0 {
		o.CacheTime = 5 * time.Minute
	}
	if o.FreeFailures == 0 {
		o.FreeFailures = 5
	}
	a := &Authenticator{
		db: o.DB, log: o.Log, now: o.Now, count: o.Count,
		backends: []Backend{appPasswords{o.DB, o.Now}, passwords{o.DB}},
		proven:   newProven(o.CacheTime, o.Now),
		throttle: newThrottle(o.DB, o.FreeFailures, o.Now),
	}
	o.DB.OnChange(a.proven.changed)
	return a
}

// Authenticate returns whose credentials the value of an Authorization header holds. addr is where they came from.
// Errors: ErrRefused, *Throttled; any other means that the credentials could not be checked.
func (a *Authenticator) Authenticate(ctx context.Context, header string, addr netip.Addr) (*store.Principal, error) {
	sum := a.proven.hash(header)
	before, known := outcome{}, false
	if a.db.Listening() {
		before, known = a.proven.get(sum)
	}
	if known && before.right {
		who, err := a.db.PrincipalByID(ctx, before.account.id)
		if err == nil && !who.Disabled {
			return who, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	name, secret, ok := parseBasic(header)
	if !ok {
		return nil, ErrRefused
	}
	if known && !before.right { // a client with an old password asks again and again; it guesses nothing
		a.logFailure(ctx, name, addr, "wrong password")
		return nil, ErrRefused
	}
	who, err := a.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if wait := a.throttle.address(who, addr); wait > 0 {
		return nil, a.slowed(ctx, name, addr, wait)
	}
	return a.check(ctx, attempt{name: name, secret: secret, addr: addr, sum: sum, who: who})
}

// attempt is one login.
type attempt struct {
	name, secret string
	addr         netip.Addr
	sum          [32]byte
	who          *store.Principal // nil: nobody has that name
}

// check asks the backends.
func (a *Authenticator) check(ctx context.Context, try attempt) (*store.Principal, error) {
	if try.who == nil || try.who.Disabled {
		return nil, a.refuse(ctx, try)
	}
	account := a.proven.account(try.who.ID)
	asOf := account.changes.Load() // before the credentials are read
	heard := a.db.Listening()      // else a change could be missed while they are checked
	remember := func(right bool) {
		if heard {
			a.proven.put(try.sum, outcome{account, asOf, right})
		}
	}
	for _, b := range a.backends {
		if b.Guessable() {
			wait, err := a.throttle.account(ctx, try.who, try.addr)
			if err != nil {
				return nil, err
			}
			if wait > 0 {
				return nil, a.slowed(ctx, try.name, try.addr, wait)
			}
		}
		ok, err := b.Check(ctx, try.who, try.secret)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		a.count(b.Name())
		if err := a.throttle.succeeded(ctx, try.who, try.addr, b.Guessable()); err != nil {
			return nil, err
		}
		remember(true)
		return try.who, nil
	}
	remember(false)
	return nil, a.refuse(ctx, try)
}

// refuse counts and logs a failure.
func (a *Authenticator) refuse(ctx context.Context, try attempt) error {
	reason := "wrong password"
	switch {
	case try.who == nil:
		reason = "no such user"
		wasteTime(ctx, try.secret) // so that the answer takes as long as for others
	case try.who.Disabled:
		reason = "disabled"
		wasteTime(ctx, try.secret)
	}
	a.count("refused")
	a.logFailure(ctx, try.name, try.addr, reason)
	if err := a.throttle.failed(ctx, try.who, try.addr); err != nil {
		return err
	}
	return ErrRefused
}

// slowed logs an attempt that was not looked at.
func (a *Authenticator) slowed(ctx context.Context, name string, addr netip.Addr, wait time.Duration) error {
	a.count("slowed")
	a.logFailure(ctx, name, addr, "too many failures")
	return &Throttled{wait}
}

// logFailure writes the line that fail2ban reads; see the package comment.
func (a *Authenticator) logFailure(ctx context.Context, name string, addr netip.Addr, reason string) {
	a.log.WarnContext(ctx, "login failed", "address", addr.String(), "user", name, "reason", reason)
}

// find returns the principal that logs in by name: its name, or one of its calendar user addresses with or without
// mailto:. Nil if there is none.
func (a *Authenticator) find(ctx context.Context, name string) (*store.Principal, error) {
	who, err := a.db.PrincipalByName(ctx, strings.ToLower(name))
	if errors.Is(err, store.ErrNotFound) && strings.ContainsAny(name, "@:") {
		var address string
		if address, err = store.NormalizeAddress(name); err != nil {
			return nil, nil // no address, so nobody's
		}
		who, err = a.db.PrincipalByAddress(ctx, address)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return who, err
}

// Longest name and secret that are looked at, in bytes.
const (
	maxName   = 320
	MaxSecret = 1024 // of a password
)

// parseBasic reads a header with Basic credentials (RFC 7617). Old clients that write Latin-1 are understood.
func parseBasic(header string) (name, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") || len(encoded) > 2*(maxName+MaxSecret) {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	text := string(raw)
	if !utf8.ValidString(text) {
		text = fromLatin1(raw)
	}
	name, secret, ok = strings.Cut(text, ":")
	// A name may hold colons itself only as an address; the secret of such a login has none.
	if rest, isMail := strings.CutPrefix(text, "mailto:"); isMail {
		name, secret, ok = strings.Cut(rest, ":")
	}
	return name, secret, ok && name != "" && secret != "" && len(name) <= maxName && len(secret) <= MaxSecret
}

func fromLatin1(raw []byte) string {
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
	}
	return string(runes)
}
