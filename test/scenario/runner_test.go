package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lunch is what most scenarios of the tests of the player begin with.
const lunch = `scenario X: y
ann puts lunch
  DTSTART:20261201T120000Z
  DTEND:20261201T130000Z
  RRULE:FREQ=DAILY;COUNT=3
  SUMMARY:Lunch
  ORGANIZER:ann
  ATTENDEE;PARTSTAT=ACCEPTED:ann
  ATTENDEE;RSVP=TRUE:bob
  ATTENDEE:zoe@outside.test
  [20261202] LOCATION:There
`

// wrong are statements behind lunch that are not true, with a part of what must be said.
var wrong = []struct{ steps, want string }{
	{"cat has lunch", "cat has 0 of it"},
	{"bob lacks lunch", "found /dav/calendars/user/bob-"},
	{"bob has lunch in Work", "/Work/ was answered 404"},
	{"bob has lunch: SUMMARY:Dinner", "line 12: SUMMARY:Dinner: found SUMMARY:Lunch"},
	{"bob has lunch\n  SUMMARY:Lunch\n  LOCATION:*", "line 14: LOCATION:*: found nothing of that"},
	{"bob has lunch: no SUMMARY", "no SUMMARY: found SUMMARY:Lunch"},
	{"bob has lunch: SUMMARY~Dinner", "found SUMMARY:Lunch"},
	{"bob has lunch: ATTENDEE(cat)", "found ATTENDEE"},
	{"bob has lunch: no ATTENDEE(bob)", "found ATTENDEE"},
	{"bob has lunch: ATTENDEE(me).PARTSTAT=ACCEPTED|TENTATIVE", "found ATTENDEE;RSVP=TRUE"},
	{"bob has lunch: no ATTENDEE(me).PARTSTAT=NEEDS-ACTION", "found ATTENDEE;RSVP=TRUE"},
	{"bob has lunch: ATTENDEE;RSVP=FALSE:bob", "found"},
	{"bob has lunch: ORGANIZER:bob", "found ORGANIZER"},
	{"bob has lunch: SEQUENCE>0", "no SEQUENCE"},
	{"bob has lunch: SEQUENCE:1", "found"},
	{"bob has lunch: attendees: 2", "found 3"},
	{"bob has lunch: components: 1", "found 2"},
	{"bob has lunch: alarms: 1", "found 0"},
	{"bob has lunch: VALARM TRIGGER:-PT5M", "found nothing of that"},
	{"bob has lunch: \"Dinner\"", "BEGIN:VCALENDAR"},
	{"bob has lunch: no \"Lunch\"", "BEGIN:VCALENDAR"},
	{"bob has lunch: no []", "it is there"},
	{"bob has lunch: no [20261202]", "it is there"},
	{"bob has lunch: [20261203]", "it is not there"},
	{"bob has lunch: [20261203] SUMMARY:Lunch", "there is no such instance"},
	{"bob has lunch: [20261202T120000Z] LOCATION:Here", "found LOCATION:There"},
	{"bob has lunch: [*] LOCATION:There", "found nothing of that"},
	{"bob has lunch: <20261204>", "it is not there"},
	{"bob has lunch: no <20261203>", "it is there"},
	{"bob has lunch: <20261203> LOCATION:There", "found nothing of that"},
	{"bob has lunch: EXDATE[20261203]", "found nothing of that"},
	{"bob has lunch: etag: same", "has not seen it before"},
	{"bob reads lunch\nbob has lunch: etag: new", "before"},
	{"bob reads lunch\nbob has lunch: schedule-tag: new", "before"},
	{"bob reads lunch\nann edits lunch: SUMMARY:Tea\nbob has lunch: schedule-tag: same", "before"},
	{"bob gets nothing", "found REQUEST lunch-"},
	{"bob gets nothing of lunch", "found REQUEST lunch-"},
	{"bob gets REPLY lunch", "found REQUEST lunch-"},
	{"bob gets REQUEST dinner", "found REQUEST lunch-"},
	{"bob gets REQUEST lunch: SUMMARY:Dinner", "found SUMMARY:Lunch"},
	{"bob gets REQUEST lunch\nbob gets REQUEST lunch", "found nothing new"},
	{"ann edits lunch: SUMMARY:Tea\nbob gets only REQUEST lunch", "found REQUEST lunch-"},
	{"ann and bob get REQUEST lunch", "ann: found nothing new"},
	{"zoe@outside.test gets nothing", "found REQUEST lunch-"},
	{"zoe@outside.test gets REQUEST lunch: SUMMARY:Dinner", "found SUMMARY:Lunch"},
	{"yan@outside.test gets REQUEST lunch", "found nothing new"},
	{"ann edits lunch: SUMMARY:Tea\n-> 201", "found 204"},
	{"ann edits lunch: SUMMARY:Tea\n-> 403", "found 204"},
	{"ann edits lunch: SUMMARY:Tea\n-> header X-Nothing", `found ""`},
	{"ann edits lunch: SUMMARY:Tea\n-> no header Schedule-Tag", "found"},
	{"ann reads lunch\n-> body Dinner", "found 200"},
	{"ann reads lunch\n-> no body Lunch", "found 200"},
	{"bob edits lunch: SUMMARY:Tea", "found 403"},
	{"bob edits lunch: SUMMARY:Tea\n-> 403 no-uid-conflict", "found the condition allowed-attendee-scheduling-object-change"},
	{"bob edits lunch: - LOCATION", "there is none"},
	{"bob edits lunch: - ATTENDEE(cat)", "there is none"},
	{"bob edits lunch: - [20261203]", "there is none"},
	{"bob edits lunch: - EXDATE[20261203]", "there is none"},
	{"bob edits lunch: - VALARM", "there is none"},
	{"bob edits lunch as seen: SUMMARY:Tea", "bob has not seen it yet"},
	{"cat answers lunch ACCEPTED", "cat has 0 of it"},
	{"ann answers lunch [20261209T080000Z] ACCEPTED\nann has lunch: components: 2", "found 3"},
	{"yan@outside.test answers lunch ACCEPTED", "there is no request that could be answered"},
	{"zoe@outside.test answers lunch ACCEPTED\n-> stale", `found "applied"`},
	{"zoe@outside.test answers lunch ACCEPTED\n-> error gone", `found "applied"`},
	{"zoe@outside.test sends REPLY lunch to ann\n  COMMENT:no\n-> applied", "found"},
	{"ann asks when bob is busy 20261201T000000Z/20261202T000000Z\n-> bob: 2.0 free", "found BUSY-TENTATIVE 20261201T120000Z"},
	{"ann asks when bob is busy 20261201T000000Z/20261202T000000Z\n-> bob: 3.7", "found 2.0"},
	{"ann asks when bob is busy 20261201T000000Z/20261202T000000Z\n-> cat: 2.0", "found no response"},
	{"ann asks when bob is busy 20261201T000000Z/20261202T000000Z\n-> 403", "found 200"},
	{"trace of lunch\n  bob CANCEL \"invited\"", "REQUEST"},
	{"trace of lunch\n  no bob REQUEST \"invited\"", "REQUEST"},
	{"ann sets D:getetag of Default to x", "found 207"},
	{"ann makes calendar Default", "found 4"},
	{"ann grants bob lr on Nothing", "ann has no Nothing"},
	{"bob deletes lunch in ann/Default", "answered 404"},
	{"with user fay", "before anything happens"},
}

// TestWrong plays scenarios that do not come true: each has to fail, and to say why.
func TestWrong(t *testing.T) {
	on := newServer(t)
	for _, w := range wrong {
		t.Run(w.steps, func(t *testing.T) {
			list, err := Read("wrong.txt", strings.NewReader(lunch+w.steps+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			unchecked, err := list[0].play(t.Context(), on)
			if err == nil || len(unchecked) > 0 {
				t.Fatalf("it was believed (not checked: %v)", unchecked)
			}
			if !strings.Contains(err.Error(), w.want) || !strings.HasPrefix(err.Error(), "wrong.txt:1") {
				t.Errorf("got %v\nwant %q", err, w.want)
			}
		})
	}
}

// unreadable are scenarios that are not written as they should be, with a part of what must be said.
var unreadable = []struct{ text, want string }{
	{"ann puts lunch", "no scenario has begun"},
	{"scenario without reference", "want: scenario REFERENCE: TITLE"},
	{"scenario X: y\n-> 201", "an answer to nothing"},
	{"scenario X: y\n  SUMMARY:x", "a block of nothing"},
	{"scenario X: y\nann reads lunch\n-> 200\n  SUMMARY:x", "before the answers"},
	{"scenario X: y\nann eats lunch", "want somebody and a verb"},
	{"scenario X: y\nputs lunch", "want somebody and a verb"},
	{"scenario X: y\nann and bob put lunch", "want somebody and a verb"},
	{"scenario X: y\nann, bob puts lunch\n  SUMMARY:x", "want one person"},
	{"scenario X: y\nann puts lunch", "of what?"},
	{"scenario X: y\nann puts lunch\n  SUMMARY", "line 3"},
	{"scenario X: y\nann puts lunch\n  BEGIN:VEVENT", "no END:VEVENT"},
	{"scenario X: y\nann puts lunch\n  END:VEVENT", "closes nothing"},
	{"scenario X: y\nann puts lunch\n  SUMMARY:x\n-> created", "not an answer"},
	{"scenario X: y\nann puts lunch with haste\n  SUMMARY:x", "what is \"with haste\""},
	{"scenario X: y\nann edits lunch", "what is edited?"},
	{"scenario X: y\nann edits lunch: SUMMARY:x\n  SUMMARY:y", "a block behind the colon and one below"},
	{"scenario X: y\nann edits lunch: [2026] SUMMARY:x", "not an instance"},
	{"scenario X: y\nann edits lunch: what", "not a content line"},
	{"scenario X: y\nann has lunch: (x)", "not a content line"},
	{"scenario X: y\nann has lunch: [*]", "[] stands alone"},
	{"scenario X: y\nann has lunch: <20261>", "not an instance"},
	{"scenario X: y\nann has lunch\n-> 200", "this has no answer"},
	{"scenario X: y\nann gets PUBLISH lunch", "is no method"},
	{"scenario X: y\nann lacks lunch: SUMMARY:x", "this has no block"},
	{"scenario X: y\nbob answers lunch", "with which PARTSTAT?"},
	{"scenario X: y\nzoe@outside.test answers lunch ACCEPTED\n-> 200", "not an outcome"},
	{"scenario X: y\nzoe@outside.test sends REPLY lunch", "want: sends METHOD"},
	{"scenario X: y\nann asks when bob", "want: asks when"},
	{"scenario X: y\nann asks when bob is busy now", "busy when?"},
	{"scenario X: y\nann asks when bob is busy a/b\n-> bob: 2.0 BUSY", "want TYPE START/END"},
	{"scenario X: y\nann moves lunch", "where to?"},
	{"scenario X: y\nann makes tea", "what is made?"},
	{"scenario X: y\nann sets getetag of Default to x", "want: sets PREFIX"},
	{"scenario X: y\nann grants bob lr", "on which collection?"},
	{"scenario X: y\nann requests GET", "want a method and a path"},
	{"scenario X: y\nwith group crew", "a group of whom?"},
	{"scenario X: y\nwith user fay hungry", "what is \"hungry\""},
	{"scenario X: y\nsettle soon", "invalid duration"},
	{"scenario X: y\ntrace of lunch\n  bob got it", "want: WHO METHOD"},
	{"scenario X: y\ntrace lunch", "want: trace of OBJECT"},
}

// TestUnreadable reads scenarios with mistakes.
func TestUnreadable(t *testing.T) {
	for _, u := range unreadable {
		_, err := Read("x.txt", strings.NewReader(u.text+"\n"))
		if err == nil || !strings.Contains(err.Error(), u.want) || !strings.HasPrefix(err.Error(), "x.txt:") {
			t.Errorf("%q: got %v, want %q", u.text, err, u.want)
		}
	}
}

// TestOneName wants each scenario to have a name of its own.
func TestOneName(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "b.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("scenario X: y\nsettle\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ReadFiles(dir); err == nil || !strings.Contains(err.Error(), "is a scenario of a.txt:1 as well") {
		t.Errorf("got %v", err)
	}
}

// FuzzRead reads anything, and edits and looks at an object with what could be read.
func FuzzRead(f *testing.F) {
	for _, w := range wrong {
		f.Add(lunch + w.steps)
	}
	for _, u := range unreadable {
		f.Add(u.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Read("x.txt", strings.NewReader(text))
		if err != nil {
			return
		}
		pp := &people{suffix: "-1"}
		pp.add(&person{name: "ann", account: "ann-1", kind: "user"}, []string{"ann@example.com"}, nil)
		p := &play{ctx: t.Context(), on: &server{}, pp: pp, objects: map[string]string{}}
		for _, s := range list {
			for _, step := range s.Steps {
				handle(p, step.Block)
			}
		}
	})
}

// handle does with a block all that needs no server. Nothing may panic.
func handle(p *play, block []Line) {
	c, err := parseContent(block)
	if err != nil {
		return
	}
	cal, err := c.make(p, "uid", "")
	if err != nil || c.whole {
		return
	}
	if edits, err := parseEdits(block); err == nil {
		for _, e := range edits {
			if err := e.apply(&editing{cal, p.pp, "ann"}); err != nil {
				break
			}
		}
	}
	if list, err := parseExpectations(block); err == nil {
		_ = checkAll(list, &view{calendar: cal, p: p, me: "ann"}) // whether it holds is not the question
	}
}
