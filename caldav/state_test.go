package caldav

import (
	"slices"
	"testing"
)

// A token says what it was made of, and nothing else is one.
func TestToken(t *testing.T) {
	now := syncState{id: 7, modseq: 40, behind: []behindState{{3, 5, 6}, {9, 0, 1}}}
	got, err := parseToken(now, now.token())
	if err != nil || got.modseq != 40 || !slices.Equal(got.behind, now.behind) {
		t.Errorf("%s is read as %+v, %v", now.token(), got, err)
	}
	for _, token := range []string{"x", "data:,", "data:,7", "data:,8-40", "data:,7-0", "data:,7-x", "data:,7-1-", "data:,7-1-3.5", "data:,7-1-3.5.6.7", "data:,7-1-3.-5.6", "7-40"} {
		if got, err := parseToken(now, token); err == nil {
			t.Errorf("%s is read as %+v", token, got)
		}
	}
	if s := now.with(behindState{id: 3}); len(s.behind) != 1 || len(now.behind) != 2 {
		t.Errorf("without one: %+v, and before %+v", s, now)
	}
	if s := now.with(behindState{5, 1, 1}); s.token() != "data:,7-40-3.5.6-5.1.1-9.0.1" {
		t.Errorf("with another: %s", s.token())
	}
}

func FuzzToken(f *testing.F) {
	f.Add("data:,7-40-3.5.6-9.0.1")
	f.Add("data:,7-40")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		since, err := parseToken(syncState{id: 7, modseq: 40}, token)
		if err != nil || token == "" {
			return
		}
		again, err := parseToken(syncState{id: 7}, since.token())
		if err != nil || again.modseq != since.modseq || !slices.Equal(again.behind, since.behind) {
			t.Errorf("%q is read as %+v, and that as %+v, %v", token, since, again, err)
		}
	})
}
