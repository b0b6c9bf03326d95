package ical

import (
	"bytes"
	"regexp"
	"testing"
	"unicode/utf8"
)

var refolds = []struct{ name, raw, want string }{
	{"no character outside ASCII", "SUMMARY:plain\r\n fold\r\n", "SUMMARY:plain\r\n fold\r\n"},
	{"folds between characters stay", "SUMMARY:ö\r\n ö\r\n\tx\r\n", "SUMMARY:ö\r\n ö\r\n\tx\r\n"},
	{"in two octets", "SUMMARY:caf\xc3\r\n \xa9x\r\n y\r\n", "SUMMARY:caf\r\n éx\r\n y\r\n"},
	{"in three octets, twice", "A:\xe6\n\t\xbc\r\n \xa2\nB:1", "A:\n\t\r\n 漢\nB:1"},
	{"in four octets, three times", "A:\xf0\n\t\x9f\n \x8e\n \x89x\nB:1", "A:\n\t\n \n 🎉x\nB:1"},
	{"in two characters", "A:\xc3\r\n \xa9\r\n b\xe2\x82\r\n \xac", "A:\r\n é\r\n b\r\n €"},
	{"what is no UTF-8 stays so", "A:\xc3\nB:\xa9\xff\n", "A:\xc3\nB:\xa9\xff\n"},
	{"at the start", "\xc3\n ", "\n \xc3"},
}

func TestRefold(t *testing.T) {
	for _, test := range refolds {
		t.Run(test.name, func(t *testing.T) {
			if got := string(Refold([]byte(test.raw))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzRefold(f *testing.F) {
	for _, test := range refolds {
		f.Add([]byte(test.raw))
	}
	fold := regexp.MustCompile(`\r?\n[ \t]`)
	unfold := func(raw []byte) []byte { return fold.ReplaceAll(raw, nil) } // once: what a fold leaves is not folded again
	f.Fuzz(func(t *testing.T, raw []byte) {
		// A CR without LF is a control character, which Parse refuses before anything is stored.
		if bytes.Count(raw, []byte("\r")) != bytes.Count(raw, []byte("\r\n")) || !utf8.Valid(unfold(raw)) {
			return
		}
		got := Refold(raw)
		if !bytes.Equal(unfold(got), unfold(raw)) {
			t.Errorf("%q became %q: not the same content lines", raw, got)
		}
		if len(got) != len(raw) || !utf8.Valid(got) {
			t.Errorf("%q became %q", raw, got)
		}
	})
}
