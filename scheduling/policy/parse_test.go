package policy

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// normal are policies and their normal form.
var normal = []struct{ name, text, want string }{
	{"nothing", "\n  # only a comment\n", ""},
	{"all settings", `
		crashers ADD
		counter within 24h hold 120m
		series partly at most 25%
		pool Blue, green
		capacity 3`,
		"capacity 3\npool blue green\nseries partly at most 25%\ncounter within 1d hold 2h\ncrashers add\n"},
	{"series", "series all", "series all\n"},
	{"series in part", "series partly", "series partly\n"},
	{"who", `only mailto:Ann@Example.com group:Staff *@partner.test bob "Only staff \"and\" partners."`,
		"only ann@example.com group:staff *@partner.test bob \"Only staff \\\"and\\\" partners.\"\n"},
	{"who else", "only group:staff, group:board else ask # the manager knows", "only group:staff group:board else ask\n"},
	{"hours", "hours fri-mon 8:00-12:00 12:00-18:00, tue 09:30-24:00", "hours Mon 08:00-18:00, Tue 09:30-24:00, Fri-Sun 08:00-18:00\n"},
	{"hours every day", "hours daily 07:00-22:00 from group:interns else ask", "hours daily 07:00-22:00 from group:interns else ask\n"},
	{"bounds", "ahead at most 90d at least 120m\nlength at least 15m\nlength at most 1h30m from anyone",
		"ahead at least 2h at most 90d\nlength at least 15m\nlength at most 90m from anyone\n"},
	{"quotas", "quota 10h per week per person from *@example.com\nquota 40h per month per group:sales else ask",
		"quota 10h per week per person from *@example.com\nquota 40h per month per group:sales else ask\n"},
	{"actions", "accept when free from boss@example.com\ntentative\nask when free\nleave from spam@example.com\ndecline when busy \"Full.\"",
		"accept when free from boss@example.com\ntentative\nask when free\nleave from spam@example.com\ndecline when busy \"Full.\"\n"},
}

func TestParse(t *testing.T) {
	for _, test := range normal {
		p, err := Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := p.String(); got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
		again, err := Parse(p.String())
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%s: what it prints reads as %+v, %v", test.name, again, err)
		}
	}
}

// mistakes are policies that are refused, with a part of what is said.
var mistakes = []struct{ text, want string }{
	{"\n\nallow bob", `line 3: "allow" begins no line: write only, hours`},
	{"only", "line 1: say whom"},
	{"only *bob", `"*bob" is nobody: write a name`},
	{"only mailto:#x", "is nobody"},
	{"hours 08:00-18:00", `"08:00-18:00" is no weekday: write Mon`},
	{"hours mon 18:00-08:00", "write what is after midnight with the next day"},
	{"hours mon 8-18", "write such as 08:00-18:00"},
	{"hours mon", "write such as 08:00-18:00"},
	{"hours mon 08:00-25:00", "write such as 08:00-18:00"},
	{"ahead 90d", "say how much: at least"},
	{"ahead at most 90", `"90" is no length of time: write such as 30m`},
	{"length at most 0m", "0m is no time at all"},
	{"length at most 1m at least 2m", "nothing is at least 2m and at most 1m"},
	{"length at most 1m at most 2m", "twice"},
	{"length at most 999999999w", "more than ten years"},
	{"quota 10h", "say for which time: quota 10h per week"},
	{"quota 10h per fortnight per person", `"fortnight" is no period: write day, week`},
	{"quota 10h per week", "say whose: quota 10h per week per person"},
	{"quota 10h per week per sales", `"sales" has no quota: write person, or group:NAME`},
	{"capacity 0", "the capacity is"},
	{"capacity 2\ncapacity 3", "line 2: capacity is said in line 1 already"},
	{"pool", "pool room-a room-b"},
	{"pool a b A", "a is in the pool twice"},
	{"series some", "say series all"},
	{"series partly at most 0%", "is no share"},
	{"counter", "counter within 7d hold 2h"},
	{"counter within 400d", "is looked for within 366d"},
	{"crashers maybe", "say crashers ignore"},
	{"accept when full", "say when free or when busy"},
	{"accept bob", `"bob" is not expected here`},
	{"accept when free else ask", `"else" is not expected here`},
	{"only bob else maybe", "say else decline"},
	{`decline "no`, `the closing " is missing`},
	{`decline ""`, "nothing between the quotation marks"},
	{`capacity 2 "text"`, `the text "text" is not expected here`},
	{"decline \x00", "control character"},
	{"decline \xff", "not UTF-8"},
	{`decline "` + strings.Repeat("x", 501) + `"`, "shorten it"},
	{strings.Repeat("ask\n", 201), "line 201: more than 200 rules"},
	{strings.Repeat("#", 1<<17), "bytes at most"},
}

func TestParseMistakes(t *testing.T) {
	for _, test := range mistakes {
		_, err := Parse(test.text)
		var where *Error
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &where) {
			t.Errorf("%.40q: got error %v, want %q", test.text, err, test.want)
		}
	}
	_, err := Parse("allow\nask\nnever")
	if err == nil || !strings.Contains(err.Error(), "line 1") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("of several mistakes only %v is told", err)
	}
}

// What is read is printed so that it reads as the same.
func FuzzParse(f *testing.F) {
	for _, test := range normal {
		f.Add(test.text)
	}
	for _, test := range mistakes {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%q is printed as %q, which reads as %v, %v", text, p.String(), again, err)
		}
	})
}

// The example that users copy is a policy.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/rooms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n")
	example, _, _ := strings.Cut(rest, "```")
	if p, err := Parse(example); err != nil || len(p.Rules) != 7 || p.Counter.Within == 0 {
		t.Errorf("the example of docs/rooms.md: %v, %v", p, err)
	}
}
