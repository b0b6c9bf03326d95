package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"convene/store"
)

// The cost of a new password's hash, as OWASP recommends for argon2id: 19 MB, two passes.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KB
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// maxArgonMemory bounds what a stored hash can ask for, in KB.
const maxArgonMemory = 256 * 1024

// checking bounds how many hashes are computed at once: each takes a processor and its memory. waiting bounds how many
// more may wait for that: under a flood of logins the others are told to come again.
var (
	checking = make(chan struct{}, runtime.NumCPU())
	waiting  = make(chan struct{}, 50*runtime.NumCPU())
)

// ErrBusy says that too many passwords are being checked.
var ErrBusy = errors.New("auth: too many passwords are being checked")

func argon(ctx context.Context, secret string, salt []byte, passes, memory uint32, threads uint8, length uint32) ([]byte, error) {
	select {
	case waiting <- struct{}{}:
		defer func() { <-waiting }()
	default:
		return nil, ErrBusy
	}
	select {
	case checking <- struct{}{}:
		defer func() { <-checking }()
		return argon2.IDKey([]byte(secret), salt, passes, memory, threads, length), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// HashPassword returns what is stored of a password: argon2id in the PHC string format.
func HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key, err := argon(ctx, password, salt, argonTime, argonMemory, argonThreads, argonKey)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// checkHash says whether hash is of password.
func checkHash(ctx context.Context, hash, password string) (bool, error) {
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("auth: a stored hash is of an unknown kind")
	}
	_, err1 := fmt.Sscanf(parts[2]+"$"+parts[3], "v=%d$m=%d,t=%d,p=%d", &version, &memory, &passes, &threads)
	salt, err2 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err3 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || err3 != nil || version != argon2.Version || passes == 0 || passes > 100 || threads == 0 ||
		memory > maxArgonMemory || len(want) < 16 {
		return false, fmt.Errorf("auth: a stored hash is damaged")
	}
	got, err := argon(ctx, password, salt, passes, memory, threads, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// wasteTime takes as long as checking a password.
func wasteTime(ctx context.Context, secret string) {
	_, _ = argon(ctx, secret, make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonKey) // the result is of no use
}

// passwords are chosen by people.
type passwords struct{ db *store.DB }

func (passwords) Name() string    { return "password" }
func (passwords) Guessable() bool { return true }

func (b passwords) Check(ctx context.Context, who *store.Principal, secret string) (bool, error) {
	list, err := b.db.Credentials(ctx, who.ID)
	if err != nil {
		return false, err
	}
	for _, c := range list {
		if c.Kind != store.Password {
			continue
		}
		if ok, err := checkHash(ctx, c.Hash, secret); ok || err != nil {
			return ok, err
		}
	}
	if len(list) == 0 {
		wasteTime(ctx, secret) // an account without a password must not show by a quick answer
	}
	return false, nil
}

// appPasswords are made by NewAppPassword, one for each client; nobody can guess them.
type appPasswords struct {
	db  *store.DB
	now func() time.Time
}

func (appPasswords) Name() string    { return "app-password" }
func (appPasswords) Guessable() bool { return false }

func (b appPasswords) Check(ctx context.Context, who *store.Principal, secret string) (bool, error) {
	hash, ok := hashAppPassword(secret)
	if !ok {
		return false, nil
	}
	list, err := b.db.Credentials(ctx, who.ID)
	if err != nil {
		return false, err
	}
	for _, c := range list {
		if c.Kind == store.AppPassword && (c.Expires.IsZero() || b.now().Before(c.Expires)) && subtle.ConstantTimeCompare([]byte(c.Hash), []byte(hash)) == 1 {
			return true, b.db.TouchCredential(ctx, who.ID, c.ID)
		}
	}
	return false, nil
}

// appBytes are the random bytes of an app password: 160 bits, 32 letters and digits.
const appBytes = 20

var appEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewAppPassword makes an app password: the secret to show once, in groups of four, and the hash to store.
func NewAppPassword() (secret, hash string) {
	raw := make([]byte, appBytes)
	_, _ = rand.Read(raw) // never fails
	text := appEncoding.EncodeToString(raw)
	var groups []string
	for ; text != ""; text = text[4:] {
		groups = append(groups, text[:4])
	}
	secret = strings.Join(groups, "-")
	hash, _ = hashAppPassword(secret)
	return secret, hash
}

// hashAppPassword returns the hash of what looks like an app password. Hyphens, blanks and capitals do not count. SHA-256
// without salt is enough for 160 random bits.
func hashAppPassword(secret string) (hash string, ok bool) {
	text := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(secret))
	if raw, err := appEncoding.DecodeString(text); err != nil || len(raw) != appBytes {
		return "", false
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256$" + hex.EncodeToString(sum[:]), true
}
