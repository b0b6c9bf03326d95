package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var berlin, _ = time.LoadLocation("Europe/Berlin")

// monday is 2026-12-07 in Berlin.
var monday = time.Date(2026, 12, 7, 0, 0, 0, 0, berlin)

// slots reads such as "9-10:30 34-35": hours since Monday.
func slots(t *testing.T, text string) (all []Slot) {
	t.Helper()
	at := func(s string) time.Time {
		h, m, _ := strings.Cut(s, ":")
		var hours, minutes int
		if _, err := fmt.Sscan(h, &hours); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if m != "" {
			if _, err := fmt.Sscan(m, &minutes); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		return monday.Add(time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
	}
	for _, s := range strings.Fields(text) {
		from, to, _ := strings.Cut(s, "-")
		all = append(all, Slot{at(from), at(to)})
	}
	return all
}

var people = map[string]Person{
	"ann":   {"ann", []string{"staff", "sales"}, []string{"mailto:ann@example.com", "mailto:a.other@sales.example.com"}},
	"bob":   {"bob", []string{"staff"}, []string{"mailto:bob@example.com"}},
	"guest": {"", nil, []string{"mailto:guest@partner.test"}},
}

// decisions are about single events: taken and used are as slots reads them, used with a name before: "ann=9-10".
var decisions = []struct {
	name, policy, by, taken, used, asked string
	want                                 string // action, unit, a part of the text, the offer
}{
	{"no policy, free", "", "guest", "8-9 10-11", "", "9-10", "accept 0"},
	{"no policy, taken", "", "ann", "8-9 10-11", "", "9-10:01", "decline taken"},
	{"no policy, inside", "", "ann", "8-12", "", "9-10", "decline taken"},
	{"no policy, around", "", "ann", "9-10", "", "8-11", "decline taken"},
	{"a second unit", "capacity 2", "ann", "9-10", "", "9-10", "accept 1"},
	{"all units", "capacity 2", "ann", "9-10 9-10/1", "", "9-10", "decline"},
	{"units apart", "capacity 2", "ann", "9-10 10-11/1", "", "9-11", "decline"},
	{"a unit that is no more", "capacity 1", "ann", "9-10/1", "", "9-10", "accept 0"},
	{"no length", "", "ann", "9-11", "", "10-10", "accept 0"},

	{"only, by name", "only bob", "ann", "", "", "9-10", "decline not among those"},
	{"only, by group", "only group:staff", "ann", "", "", "9-10", "accept"},
	{"only, by an alias", "only a.other@sales.example.com", "ann", "", "", "9-10", "accept"},
	{"only, by domain", "only *@example.com", "bob", "", "", "9-10", "accept"},
	{"only, by another domain", "only *@ample.com", "bob", "", "", "9-10", "decline"},
	{"only, a guest", "only *@partner.test else ask", "guest", "", "", "9-10", "accept"},
	{"only, else", "only group:staff else ask", "guest", "", "", "9-10", "ask"},
	{"only, else, but taken", "only group:staff else ask", "guest", "9-10", "", "9-10", "decline taken"},
	{"refuse some", `decline from guest@partner.test "No guests."`, "guest", "", "", "9-10", "decline No guests."},
	{"the first that decides", "accept from ann\ndecline", "ann", "", "", "9-10", "accept"},
	{"the first that decides, for another", "accept from ann\ndecline", "bob", "", "", "9-10", "decline This is not accepted."},

	{"hours", "hours Mon-Fri 08:00-18:00", "ann", "", "", "8-18", "accept"},
	{"hours, too late", "hours Mon-Fri 08:00-18:00", "ann", "", "", "17-18:01", "decline these times only: Mon-Fri 08:00-18:00"},
	{"hours, saturday", "hours Mon-Fri 08:00-18:00", "ann", "", "", "130-131", "decline"},
	{"hours, lunch", "hours daily 08:00-12:00 13:00-18:00", "ann", "", "", "11-14", "decline"},
	{"hours, over midnight", "hours Mon 20:00-24:00, Tue 00:00-04:00", "ann", "", "", "22-26", "accept"},
	{"hours, past midnight", "hours Mon 20:00-24:00, Tue 00:00-04:00", "ann", "", "", "22-29", "decline"},
	{"hours, round the clock", "hours daily 00:00-24:00", "ann", "", "", "0-1000", "accept"},
	{"hours of some", "hours daily 08:00-18:00 from bob", "ann", "", "", "20-21", "accept"},
	{"not too far ahead", "ahead at most 2d", "ann", "", "", "47-49", "accept"},
	{"too far ahead", "ahead at most 2d", "ann", "", "", "49-50", "decline 2 days ahead at most, until 2026-12-09"},
	{"too late", "ahead at least 2h", "ann", "", "", "1-3", "decline at least 2 hours ahead"},
	{"too short", "length at least 30m", "ann", "", "", "9-9:15", "decline for 30 minutes at least"},
	{"too long", `length at most 4h "Half a day."`, "ann", "", "", "9-14", "decline Half a day."},

	{"quota", "quota 3h per week per person", "ann", "", "ann=1-2 ann=30-31", "40-41", "accept"},
	{"quota used up", "quota 3h per week per person", "ann", "", "ann=1-2 ann=30-31", "40-42", "decline you may book 3 hours a week"},
	{"quota of the week before", "quota 3h per week per person", "ann", "", "ann=-10--8", "40-42", "accept"},
	{"quota of others", "quota 3h per week per person", "ann", "", "bob=1-4", "40-42", "accept"},
	{"quota by another address", "quota 3h per week per person", "ann", "", "mailto:a.other@sales.example.com=1-4", "40-42", "decline"},
	{"quota of a day", "quota 2h per day per person", "ann", "", "ann=22-24", "24-26", "accept"},
	{"quota of a year", "quota 2h per year per person", "ann", "", "ann=-1000--998", "24-26", "decline"},
	{"quota of a group", "quota 4h per month per group:staff", "ann", "", "bob=1-3 guest=5-10", "24-27", "decline the group staff may book 4 hours a month"},
	{"quota of a group that one is not in", "quota 1h per month per group:staff", "guest", "", "", "24-27", "accept"},

	{"asks", "ask when free", "ann", "", "", "9-10", "ask approved"},
	{"asks, but taken", "ask when free", "ann", "9-10", "", "9-10", "decline taken"},
	{"accept does not book twice", "accept", "ann", "9-10", "", "9-10", "decline"},
	{"left", "leave from ann", "ann", "", "", "9-10", "leave"},

	{"counter", "counter within 2d", "ann", "9-11 11:30-13", "", "10-11", "decline taken > 13-14"},
	{"counter, a gap", "counter within 2d", "ann", "9-11 11:30-13", "", "10-10:30", "decline taken > 11-11:30"},
	{"counter, another unit", "counter within 2d\ncapacity 2", "ann", "9-12 9-11/1", "", "10-11", "decline taken > 11-12/1"},
	{"counter, nothing free", "counter within 1h", "ann", "9-12", "", "9-10", "decline taken"},
	{"counter, hours", "counter within 7d\nhours Mon-Fri 08:00-18:00", "ann", "", "", "18-20", "decline these times > 32-34"},
	{"counter, hours and taken", "counter within 7d\nhours Mon-Fri 08:00-18:00", "ann", "32-34", "", "18-20", "decline these times > 34-36"},
	{"counter, notice", "counter within 7d\nahead at least 2h", "ann", "", "", "0:30-1:30", "decline ahead > 2-3"},
	{"counter, quota", "counter within 7d\nquota 1h per day per person", "ann", "", "ann=9-10", "11-12", "decline quota > 35-36"},
	{"no counter where time is not why", "counter within 7d\nonly bob", "ann", "", "", "9-10", "decline not among"},
}

func (c *Case) fill(t *testing.T, by, taken, used, asked string) {
	t.Helper()
	c.By, c.Zone, c.Slots = people[by], berlin, slots(t, asked)
	for _, text := range strings.Fields(taken) {
		text, unit, _ := strings.Cut(text, "/")
		c.Taken = append(c.Taken, Taken{slots(t, text)[0], len(unit)})
	}
	for _, text := range strings.Fields(used) {
		who, text, _ := strings.Cut(text, "=")
		use := Use{Address: who}
		if person, ok := people[who]; ok {
			use.Address, use.Groups = person.Addresses[0], person.Groups
		}
		var from, to int
		if _, err := fmt.Sscanf(text, "%d-%d", &from, &to); err != nil {
			t.Fatal(err)
		}
		use.Slot = Slot{monday.Add(time.Duration(from) * time.Hour), monday.Add(time.Duration(to) * time.Hour)}
		c.Used = append(c.Used, use)
	}
}

func parsed(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecide(t *testing.T) {
	for _, test := range decisions {
		t.Run(test.name, func(t *testing.T) {
			c := &Case{Room: true, Now: monday}
			c.fill(t, test.by, test.taken, test.used, test.asked)
			got := parsed(t, test.policy).Decide(c)
			want, offer, _ := strings.Cut(test.want, " > ")
			action, text, _ := strings.Cut(want, " ")
			if unit := fmt.Sprint(got.Each[0].Unit); string(got.Action) != action || !strings.Contains(got.Text, text) && text != unit {
				t.Errorf("got %s, unit %s, %q, want %s", got.Action, unit, got.Text, want)
			}
			offer, unit, _ := strings.Cut(offer, "/")
			if (offer != "") != (got.Offer != nil) {
				t.Fatalf("offered is %v, want %q", got.Offer, offer)
			}
			if offer != "" && (got.Offer.Slot != slots(t, offer)[0] || got.Offer.Unit != len(unit)) {
				t.Errorf("offered is %v, want %s", got.Offer, offer)
			}
		})
	}
}

var series = []struct {
	name, policy, taken, used, asked string
	want                             string // of the series, then of each
	text                             string
}{
	{"all free", "", "", "", "9-10 33-34", "accept accept accept", ""},
	{"one of five", "", "33-34", "", "9-10 33-34 57-58 81-82 105-106", "accept accept decline accept accept accept",
		"1 of 5 dates cannot be had: 2026-12-08 09:00. It is taken at that time."},
	{"two of five", "", "33-34 57-58", "", "9-10 33-34 57-58 81-82 105-106", "decline decline decline decline decline decline", "2 of 5 dates"},
	{"two of five, a larger share", "series partly at most 40%", "33-34 57-58", "", "9-10 33-34 57-58 81-82 105-106", "accept accept decline decline accept accept", "2 of 5 dates"},
	{"any share", "series partly", "33-34", "", "9-10 33-34", "accept accept decline", "1 of 2 dates"},
	{"any share, but all", "series partly", "9-10 33-34", "", "9-10 33-34", "decline decline decline", "2 of 2"},
	{"all or nothing", "series all", "33-34", "", "9-10 33-34 57-58 81-82 105-106", "decline decline decline decline decline decline", "1 of 5"},
	{"one has to be approved", "hours daily 08:00-10:00 else ask", "", "", "9-10 35-36", "ask ask ask", "approved"},
	{"its own instances overlap", "series partly", "", "", "9-11 10-12 11-13", "accept accept decline accept", "1 of 3"},
	{"its own instances overlap in two units", "capacity 2", "", "", "9-11 10-12 11-13", "accept accept accept accept", ""},
	{"its own instances use up the quota", "series partly\nquota 2h per week per person", "", "ann=1-2", "9-10 33-34 170-171", "accept accept decline accept", "quota"},
	{"far ahead", "ahead at most 3d", "", "", "9-10 100-101", "decline decline decline", "until 2026-12-10"},
}

func TestDecideSeries(t *testing.T) {
	for _, test := range series {
		t.Run(test.name, func(t *testing.T) {
			c := &Case{Room: true, Now: monday, Series: true}
			c.fill(t, "ann", test.taken, test.used, test.asked)
			c.Last = c.Slots[len(c.Slots)-1].Start
			v := parsed(t, test.policy).Decide(c)
			got := string(v.Action)
			for _, d := range v.Each {
				got += " " + string(d.Action)
			}
			if got != test.want || !strings.Contains(v.Text, test.text) || (test.text == "") != (v.Text == "") {
				t.Errorf("got %s, %q\nwant %s, %q", got, v.Text, test.want, test.text)
			}
		})
	}
}

// An endless series goes beyond any bound; where it was accepted before, that does not matter any more.
func TestEndless(t *testing.T) {
	c := &Case{Room: true, Now: monday, Series: true, Endless: true, Zone: berlin, Slots: slots(t, "9-10")}
	p := parsed(t, "ahead at most 365d")
	if v := p.Decide(c); v.Action != Decline {
		t.Errorf("without an end: %v", v)
	}
	if c.Extends = true; p.Decide(c).Action != Accept {
		t.Error("what goes on is declined")
	}
}

// People have no units, and what no rule decides is theirs.
func TestDecidePerson(t *testing.T) {
	for _, test := range []struct{ policy, taken, asked, want string }{
		{"", "", "9-10", "leave"},
		{"decline when busy", "", "9-10", "leave"},
		{"decline when busy", "9-10", "9-10", "decline"},
		{"decline when busy \"Sorry.\"", "", "9-10", "leave"},
		{"accept when free from ann", "", "9-10", "accept"},
		{"accept from ann", "9-10", "9-10", "accept"},
		{"tentative", "9-10", "9-10", "tentative"},
		{"hours Mon-Fri 08:00-18:00\naccept when free", "", "20-21", "decline"},
	} {
		c := &Case{Now: monday}
		c.fill(t, "ann", test.taken, "", test.asked)
		if v := parsed(t, test.policy).Decide(c); string(v.Action) != test.want {
			t.Errorf("%q: got %v, want %s", test.policy, v, test.want)
		}
	}
}

// A closed time is nobody's, whatever the capacity.
func TestClosed(t *testing.T) {
	c := &Case{Room: true, Capacity: 3, Now: monday, Slots: slots(t, "9-10"), Closed: slots(t, "9:30-12")}
	if v := parsed(t, "counter within 1d").Decide(c); v.Action != Decline || v.Offer == nil || v.Offer.Slot != slots(t, "12-13")[0] {
		t.Errorf("got %v", v)
	}
}

func TestWindows(t *testing.T) {
	p := parsed(t, "counter within 2d\nquota 1h per week per person\nquota 9h per month per group:a\nquota 9h per day per group:a")
	asked := slots(t, "9-10 33-34")
	if got, want := p.Window(asked), slots(t, "9-82")[0]; got != want {
		t.Errorf("window %v, want %v", got, want)
	}
	got := p.Quotas(asked, berlin)
	want := Slot{time.Date(2026, 12, 1, 0, 0, 0, 0, berlin), time.Date(2027, 1, 1, 0, 0, 0, 0, berlin)}
	if got != want {
		t.Errorf("quotas %v, want %v", got, want)
	}
	if groups := p.Groups(); len(groups) != 1 || groups[0] != "a" {
		t.Errorf("groups %v", groups)
	}
	if got := parsed(t, "").Quotas(asked, berlin); got != (Slot{}) {
		t.Errorf("without quotas %v", got)
	}
}

func TestChoose(t *testing.T) {
	takes := func(action Action, used time.Duration, declined int) Candidate {
		c := Candidate{Verdict: Verdict{Action: action, Each: make([]Decision, 10)}, Used: used}
		for i := range declined {
			c.Verdict.Each[i].Action = Decline
		}
		return c
	}
	for _, test := range []struct {
		members []Candidate
		want    int
	}{
		{nil, -1},
		{[]Candidate{takes(Decline, 0, 10), takes(Leave, 0, 0)}, -1},
		{[]Candidate{takes(Decline, 0, 10), takes(Accept, 9, 0), takes(Accept, 8, 0)}, 2},
		{[]Candidate{takes(Accept, 0, 1), takes(Ask, 9, 0), takes(Accept, 9, 0)}, 1},
	} {
		if got := Choose(test.members); got != test.want {
			t.Errorf("%v: got %d, want %d", test.members, got, test.want)
		}
	}
}
