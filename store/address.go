package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
)

// NormalizeAddress is the form in which calendar user addresses are kept and compared: a URI with the scheme in lower
// case; a mailto URI, or a plain e-mail address, is mailto: and the address in lower case, without percent-encoding or
// parameters. ErrBadAddress: it is neither.
func NormalizeAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 500 || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", fmt.Errorf("%w: %q", ErrBadAddress, s)
	}
	if strings.HasPrefix(s, "/") {
		return s, nil // the path of a principal
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		scheme, rest = "mailto", s
	}
	scheme = strings.ToLower(scheme)
	if scheme != "mailto" {
		if u, err := url.Parse(s); err != nil || u.Scheme == "" || rest == "" {
			return "", fmt.Errorf("%w: %q", ErrBadAddress, s)
		}
		return scheme + ":" + rest, nil
	}
	rest, _, _ = strings.Cut(rest, "?")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	local, domain, ok := strings.Cut(rest, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(domain, "@/:") {
		return "", fmt.Errorf("%w: %q", ErrBadAddress, s)
	}
	return "mailto:" + strings.ToLower(rest), nil
}

// detail is what PostgreSQL adds to an error: for a key that is taken, which.
func detail(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Detail
	}
	return ""
}
