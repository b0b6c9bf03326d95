package auth

import (
	"testing"
	"unicode/utf8"
)

func FuzzParseBasic(f *testing.F) {
	for _, seed := range []string{"", "Basic", "Basic YW5uOnNlY3JldA==", "basic  bWFpbHRvOmFubkBleGFtcGxlLmNvbTpz", "Bearer x", basic("ann", "p\xe4ss"), basic("", ":")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		name, secret, ok := parseBasic(header)
		if ok && (name == "" || secret == "" || len(name) > maxName || len(secret) > MaxSecret || !utf8.ValidString(name+secret)) {
			t.Errorf("%q: %q %q", header, name, secret)
		}
	})
}

func FuzzCheckHash(f *testing.F) {
	for _, seed := range []string{"", "$argon2id$v=19$m=8,t=1,p=1$YWJjYWJj$YWJjZGVmZ2hpamtsbW5vcA", "$argon2id$v=19$m=,t=,p=$$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		if ok, err := checkHash(t.Context(), hash, "x"); ok && err != nil {
			t.Errorf("%q: %v and %v", hash, ok, err)
		}
	})
}
