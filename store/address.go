package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// NormalizeAddress is the form in which calendar user addresses are kept and compared: a URI with the scheme in lower
// case; a mailto URI, or a plain e-mail address, is mailto: and the address in lower case, without percent-encoding or
// parameters. ErrBadAddress: it is neither.
func NormalizeAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !usable(s) {
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
	address := "mailto:" + strings.ToLower(rest) // which may be longer
	if !ok || local == "" || domain == "" || strings.ContainsAny(domain, "@/:") || !usable(address) {
		return "", fmt.Errorf("%w: %q", ErrBadAddress, s)
	}
	return address, nil
}

// isPlain says whether the normal form of s is s in lower case: a mailto URI of ASCII letters, digits and what else stands for itself.
func isPlain(s string) bool {
	const scheme = "mailto:"
	if len(s) <= len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '%' || c == '?' {
			return false
		}
	}
	return true
}

// usable says whether s has the length and the characters of an address.
func usable(s string) bool {
	return s != "" && len(s) <= 500 && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// detail is what PostgreSQL adds to an error: for a key that is taken, which.
func detail(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Detail
	}
	return ""
}

// PrincipalPath takes the path of a principal apart, as it stands in place of an address: "/dav/principals/user/ann/".
func PrincipalPath(address string) (kind PrincipalKind, name string, ok bool) {
	rest, ok := strings.CutPrefix(address, "/dav/principals/")
	if !ok {
		return "", "", false
	}
	first, rest, ok := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if !ok || strings.Contains(rest, "/") {
		return "", "", false
	}
	plain, err := url.PathUnescape(rest)
	return PrincipalKind(first), strings.ToLower(plain), err == nil && plain != ""
}
