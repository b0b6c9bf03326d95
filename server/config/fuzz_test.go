package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Whatever is in the file, it is loaded or refused with an *Error; what was loaded can be printed.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"", "listen = \":1\"", "[http]\nbody_size = \"1MB\"\n", "http.read_timeout='1d'", "http = {a=1}", "[[tls]]\nx=1", "a.b.c = [1,[2]]",
		"timezone = \"Europe/Berlin\"", "[metrics]\nallow = [\"::1\", \"10.0.0.0/8\"]", "x = 1979-05-27T07:32:00Z", "\"\" = 1", "listen = \"\\u0000\""} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "convene.toml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Sources{File: path})
		var mistake *Error
		if err != nil && !errors.As(err, &mistake) {
			t.Fatalf("%v is no *Error", err)
		}
		if err == nil {
			if err := c.WriteEffective(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	})
}
