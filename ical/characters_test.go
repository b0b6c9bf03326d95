package ical

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

var wholeCharacters = []struct{ name, raw, want string }{
	{"nothing folded", "SUMMARY:ö\r\n", "SUMMARY:ö\r\n"},
	{"folds between characters stay", "SUMMARY:ö\r\n ö\r\n\tx\r\n", "SUMMARY:ö\r\n ö\r\n\tx\r\n"},
	{"a fold in two bytes", "SUMMARY:\xc3\r\n \xb6x\r\n y\r\n", "SUMMARY:öx\r\n y\r\n"},
	{"a fold in three bytes, twice", "SUMMARY:\xe6\n\t\xbc\r \xa2\n", "SUMMARY:漢\n"},
	{"a fold in four bytes", "SUMMARY:\xf0\x9f\r\n \x8e\x89\r\n", "SUMMARY:🎉\r\n"},
	{"what is no UTF-8 stays so", "SUMMARY:\xff\r\nX:\xc3\r\n", "SUMMARY:\xff\r\nX:\xc3\r\n"},
}

func TestWholeCharacters(t *testing.T) {
	for _, tt := range wholeCharacters {
		t.Run(tt.name, func(t *testing.T) {
			if got := WholeCharacters([]byte(tt.raw)); string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzWholeCharacters(f *testing.F) {
	for _, tt := range wholeCharacters {
		f.Add([]byte(tt.raw))
	}
	unfold := func(raw []byte) []byte {
		var plain []byte
		for i := 0; i < len(raw); i++ {
			if n := foldLength(raw[i:]); n > 0 {
				i += n - 1
				continue
			}
			plain = append(plain, raw[i])
		}
		return plain
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := WholeCharacters(raw)
		if !bytes.Equal(unfold(got), unfold(raw)) {
			t.Errorf("%q became %q: not the same content lines", raw, got)
		}
		if utf8.Valid(unfold(raw)) && !utf8.Valid(got) {
			t.Errorf("%q became %q: not UTF-8", raw, got)
		}
	})
}
