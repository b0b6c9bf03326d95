package scheduling_test

import (
	"testing"

	"convene/scheduling"
	"convene/scheduling/itip"
	"convene/store"
)

// The organizer comes first, and what caused an answer before it.
func TestExplain(t *testing.T) {
	b := newBuilding(t)
	b.room("attic", "")
	b.put("cat", "other", event("other", "cat", 9, 10, "cat attic bob"))
	b.put("cat", "talk", event("talk", "cat", 12, 13, "cat attic bob"))
	x, err := scheduling.Explain(t.Context(), b.db, "talk", scheduling.ExplainOptions{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Copies) != 3 || x.Copies[0].Owner.Name != "cat" || x.Copies[0].Role != itip.AsOrganizer {
		t.Errorf("copies: %+v", x.Copies)
	}
	if len(x.Changes) != 2 || x.Changes[0].Owner.Name != "cat" || len(x.Changes[0].Entries) != 2 || x.Changes[1].Owner.Name != "attic" {
		t.Errorf("changes: %+v", x.Changes)
	}
	if len(x.Jobs) != 1 || x.Jobs[0].Kind != "refresh" || x.NameOf(x.Jobs[0].Owner) != "cat" {
		t.Errorf("jobs: %+v", x.Jobs)
	}
	bob, err := scheduling.Explain(t.Context(), b.db, "talk", scheduling.ExplainOptions{Owner: b.principal("bob"), Limit: 100})
	if err != nil || len(bob.Copies) != 1 || len(bob.Changes) != 0 || len(bob.Jobs) != 0 {
		t.Errorf("of bob: %+v, %v", bob, err)
	}
	if x, err := scheduling.Explain(t.Context(), b.db, "talk", scheduling.ExplainOptions{Limit: 1}); err != nil || len(x.Copies) != 1 || len(x.Changes) != 1 {
		t.Errorf("the last of it: %+v, %v", x, err)
	}
}

func TestWords(t *testing.T) {
	for code, want := range map[string]string{"1.2": "1.2 delivered", "3.8": "3.8 no right to send to this person", "9.9": "9.9", "": ""} {
		if got := scheduling.StatusWords(code); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
	for rule, want := range map[itip.Rule]string{itip.RuleInvited: "was not invited before", "answered by itself": "answered by itself"} {
		if got := scheduling.RuleWords(string(rule)); got != want {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
}

// What is shown to an administrator of a message to somebody outside.
func TestShownMessage(t *testing.T) {
	public := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nMETHOD:REQUEST\r\n" + event("out", "ann", 9, 10, "ann") + "END:VCALENDAR\r\n"
	private := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nMETHOD:REQUEST\r\n" + event("out", "ann", 9, 10, "ann", "CLASS:CONFIDENTIAL") + "END:VCALENDAR\r\n"
	for _, c := range []struct{ name, data, want string }{{"public", public, public}, {"private", private, ""}, {"garbage", "BEGIN:VCALENDAR", ""}} {
		if got := scheduling.ShownMessage(&store.Outgoing{Data: []byte(c.data)}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
