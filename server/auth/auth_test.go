package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// world is a database with people in it, and an Authenticator whose clock the test moves.
type world struct {
	t    *testing.T
	url  string
	db   *store.DB
	a    *Authenticator
	log  *strings.Builder
	mu   sync.Mutex
	time time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, log: &strings.Builder{}, time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.url = storetest.URL(t)
	w.db = storetest.Open(t, store.Options{URL: w.url, Now: w.now})
	w.a = New(Options{DB: w.db, Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.now})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) user(name, password string, addresses ...string) *store.Principal {
	w.t.Helper()
	p, err := w.db.CreatePrincipal(w.t.Context(), store.NewPrincipal{Kind: store.User, Name: name, Addresses: addresses, PasswordHash: w.hash(password)})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) hash(password string) string {
	w.t.Helper()
	hash, err := HashPassword(w.t.Context(), password)
	if err != nil {
		w.t.Fatal(err)
	}
	return hash
}

func basic(name, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+secret))
}

var here = netip.MustParseAddr("192.0.2.1")

// login tries credentials from an address: "in", "refused", "slowed" or another error.
func (w *world) login(name, secret string, from netip.Addr) string {
	w.t.Helper()
	who, err := w.a.Authenticate(w.t.Context(), basic(name, secret), from)
	var wait *Throttled
	switch {
	case err == nil && who != nil:
		return "in"
	case errors.Is(err, ErrRefused):
		return "refused"
	case errors.As(err, &wait):
		return "slowed"
	}
	w.t.Fatalf("login(%s): %v %v", name, who, err)
	return ""
}

func (w *world) want(want, name, secret string, from netip.Addr) {
	w.t.Helper()
	if got := w.login(name, secret, from); got != want {
		w.t.Errorf("login(%s, %s) from %s: got %s, want %s", name, secret, from, got, want)
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right", "mailto:ann@example.com", "mailto:ann.other@example.org")
	w.user("bob@example.net", "right")
	for name, want := range map[string]string{
		"ann": "in", "ANN": "in", "ann@example.com": "in", "Ann.Other@Example.org": "in", "mailto:ann@example.com": "in",
		"bob@example.net": "in", "carl": "refused", "carl@example.com": "refused", "@": "refused", ":": "refused",
	} {
		w.want(want, name, "right", netip.MustParseAddr("2001:db8::1"))
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "pässword")
	latin1 := "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:p\xe4ssword"))
	for header, ok := range map[string]bool{
		basic("ann", "pässword"): true, latin1: true, strings.Replace(basic("ann", "pässword"), "Basic", "BASIC", 1): true,
		"": false, "Basic": false, "Basic !": false, "Bearer abc": false, basic("ann", ""): false, basic("", "x"): false,
		"Basic " + base64.StdEncoding.EncodeToString([]byte("ann")): false,
		basic("ann", strings.Repeat("x", 5000)):                     false,
	} {
		who, err := w.a.Authenticate(t.Context(), header, here)
		if ok != (err == nil && who.Name == "ann") || !ok && !errors.Is(err, ErrRefused) {
			t.Errorf("%.60q: got %v, %v", header, who, err)
		}
	}
}

// What is remembered ends at once with a change, made through this process or another.
func TestRememberedUntilChanged(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.user("ann", "right"), w.user("bob", "right")
	other := storetest.Open(t, store.Options{URL: w.url, Now: w.now})
	for _, c := range []struct {
		name   string
		change func() error
		before string // a secret that is right before and wrong afterwards
	}{
		{"password, here", func() error { return w.db.SetPassword(t.Context(), ann.ID, w.hash("second")) }, "right"},
		{"password, by another process", func() error { return other.SetPassword(t.Context(), ann.ID, w.hash("third")) }, "second"},
		{"disabled, by another process", func() error {
			_, err := other.UpdatePrincipal(t.Context(), ann.ID, func(p *store.NewPrincipal) error { p.Disabled = true; return nil })
			return err
		}, "third"},
	} {
		w.want("in", "ann", c.before, here)
		w.want("in", "bob", "right", here)
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		w.eventually(c.name, func() bool { return w.login("ann", c.before, here) == "refused" })
	}
	if _, ok := w.a.proven.get(w.a.proven.hash(basic("bob", "right"))); !ok {
		t.Errorf("what is remembered of %s went away with changes of another", bob.Name)
	}
}

// eventually waits for what another process has to be told first.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			w.t.Fatalf("%s: had no effect", what)
		case <-tick.C:
		}
	}
}

func TestRememberedForMinutes(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right")
	w.want("in", "ann", "right", here)
	sum := w.a.proven.hash(basic("ann", "right"))
	w.wait(4 * time.Minute)
	if _, ok := w.a.proven.get(sum); !ok {
		t.Error("forgotten after 4 minutes")
	}
	w.wait(time.Minute)
	if _, ok := w.a.proven.get(sum); ok {
		t.Error("remembered for 5 minutes")
	}
}

func TestAppPasswords(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann", "right")
	secret, hash := NewAppPassword()
	cred, err := w.db.AddAppPassword(t.Context(), ann.ID, "telephone", hash, w.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(strings.ReplaceAll(secret, "-", "")) != 32 {
		t.Errorf("got %q", secret)
	}
	w.want("in", "ann", secret, here)
	w.want("in", "ann", strings.ToUpper(strings.ReplaceAll(secret, "-", " ")), here)
	if list, err := w.db.Credentials(t.Context(), ann.ID); err != nil || list[len(list)-1].LastUsed.IsZero() {
		t.Errorf("its use is not noted: %v, %v", list, err)
	}
	for range 20 { // others guess
		w.login("ann", "guess", netip.MustParseAddr("198.51.100.1"))
		w.wait(time.Second)
	}
	w.wait(10 * time.Minute) // what is remembered ends
	w.want("in", "ann", secret, here)
	w.wait(time.Hour)
	w.want("refused", "ann", secret, here)
	if err := w.db.RevokeAppPassword(t.Context(), ann.ID, cred.ID); err != nil {
		t.Fatal(err)
	}
	w.want("in", "ann", "right", here)
}

func TestRevoked(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann", "right")
	secret, hash := NewAppPassword()
	cred, err := w.db.AddAppPassword(t.Context(), ann.ID, "telephone", hash, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.want("in", "ann", secret, here)
	if err := w.db.RevokeAppPassword(t.Context(), ann.ID, cred.ID); err != nil {
		t.Fatal(err)
	}
	w.want("refused", "ann", secret, here)
	w.want("in", "ann", "right", here)
}

func TestSlowedByAccount(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right")
	for i := range 6 { // each from an address of its own
		w.want("refused", "ann", "guess"+string(rune('a'+i)), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
	}
	stranger := netip.MustParseAddr("203.0.113.1")
	w.want("slowed", "ann", "right", stranger)
	second := New(Options{DB: storetest.Open(t, store.Options{URL: w.url, Now: w.now}), Log: slog.New(slog.DiscardHandler), Now: w.now})
	if _, err := second.Authenticate(t.Context(), basic("ann", "right"), stranger); !errors.As(err, new(*Throttled)) {
		t.Errorf("another process does not know: %v", err)
	}
	w.wait(2 * time.Second)
	w.want("in", "ann", "right", stranger)
}

func TestKnownAddressIsNotSlowed(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right")
	w.want("in", "ann", "right", here)
	for i := range 10 {
		w.login("ann", "guess"+string(rune('a'+i)), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
		w.wait(100 * time.Millisecond)
	}
	if err := w.db.SetPassword(t.Context(), w.id("ann"), w.hash("second")); err != nil { // so that nothing is remembered
		t.Fatal(err)
	}
	w.want("in", "ann", "second", here)
}

func (w *world) id(name string) store.PrincipalID {
	w.t.Helper()
	p, err := w.db.PrincipalByName(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

func TestSlowedByAddress(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right")
	for i := range 6 {
		w.want("refused", "nobody"+string(rune('a'+i)), "guess", here)
	}
	w.want("slowed", "ann", "right", here)
	w.want("in", "ann", "right", netip.MustParseAddr("192.0.2.2"))
	w.wait(2 * time.Second)
	w.want("in", "ann", "right", here)
	w.want("refused", "nobody", "guess", here)
	w.want("slowed", "nobody", "other", here)
	w.wait(time.Hour)
	w.want("refused", "nobody", "guess", here)
	w.want("refused", "nobody", "other", here)
}

// A client that goes on with an old password is not counted again and again, but logged.
func TestOldPasswordAgainAndAgain(t *testing.T) {
	w := newWorld(t)
	w.user("ann", "right")
	for range 20 {
		w.want("refused", "ann", "old", here)
	}
	if n := strings.Count(w.log.String(), "login failed"); n != 20 {
		t.Errorf("%d lines, want 20", n)
	}
	w.want("in", "ann", "right", here)
}

// The line for fail2ban cannot be forged by what a client sends, and holds no secret.
func TestFailureLine(t *testing.T) {
	w := newWorld(t)
	w.login("x\" address=10.0.0.1 user=\"y\nlevel=WARN", "topsecret", here)
	text := w.log.String()
	filter, err := os.ReadFile("../../deploy/fail2ban/filter.conf")
	if err != nil {
		t.Fatal(err)
	}
	_, expression, _ := strings.Cut(string(filter), "failregex = ")
	expression, _, _ = strings.Cut(expression, "\n")
	match := regexp.MustCompile(strings.ReplaceAll(expression, "<ADDR>", `([0-9a-f.:]+)`)).FindStringSubmatch(strings.TrimSpace(text))
	if match == nil || match[1] != here.String() || strings.Count(text, "\n") != 1 || strings.Contains(text, "topsecret") {
		t.Errorf("match %q of %q", match, text)
	}
}

func TestHashes(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for _, hash := range []string{w.hash("right"), "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$XKXDpmFLrVVR6NZ7PuS0LLMv5n4uLTnGmJKkqIqSd4E"} {
		if ok, err := checkHash(ctx, hash, "wrong"); ok || err != nil {
			t.Errorf("%s: %v %v", hash, ok, err)
		}
	}
	for _, hash := range []string{"", "x", "$2b$10$abc", "$argon2id$v=19$m=99999999,t=2,p=1$YWJj$YWJjZGVmZ2hpamtsbW5vcA", "$argon2id$v=19$m=19456,t=0,p=1$YWJj$YWJjZGVmZ2hpamtsbW5vcA",
		"$argon2id$v=19$m=19456,t=2,p=1$!$!", "$argon2id$v=1$m=19456,t=2,p=1$YWJj$YWJjZGVmZ2hpamtsbW5vcA"} {
		if ok, err := checkHash(ctx, hash, "x"); ok || err == nil {
			t.Errorf("%s: accepted", hash)
		}
	}
}

// In a flood of logins the ones too many are refused without waiting, and those that give up do not hold a place.
func TestFlood(t *testing.T) {
	for range cap(checking) {
		checking <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	const more = 7
	for range cap(waiting) + more {
		go func() {
			_, err := HashPassword(ctx, "x")
			results <- err
		}()
	}
	for range more {
		if err := <-results; !errors.Is(err, ErrBusy) {
			t.Errorf("got %v, want ErrBusy", err)
		}
	}
	cancel()
	for range cap(waiting) {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
	for range cap(checking) {
		<-checking
	}
	if _, err := HashPassword(t.Context(), "x"); err != nil {
		t.Error(err)
	}
}

func BenchmarkRemembered(b *testing.B) {
	db := storetest.New(b)
	a := New(Options{DB: db, Log: slog.New(slog.DiscardHandler)})
	hash, err := HashPassword(b.Context(), "right")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", PasswordHash: hash}); err != nil {
		b.Fatal(err)
	}
	header := basic("ann", "right")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authenticate(b.Context(), header, here); err != nil {
			b.Fatal(err)
		}
	}
}
