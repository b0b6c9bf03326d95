package acl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// groupsOf has ann in team, team in staff and also in all, staff in all.
func groupsOf(name string) []string {
	return map[string][]string{"ann": {"team"}, "team": {"staff"}, "staff": {"all"}, "bob": {"all"}}[name]
}

func TestExplain(t *testing.T) {
	list, err := ParseList("anyone lr9 group:all i group:staff ptk -group:team t ann w carol x owner lrwipkxtan9 -owner r")
	if err != nil {
		t.Fatal(err)
	}
	ann := Subject{Name: "ann", Groups: []string{"team", "staff", "all"}}
	x := list.Explain(KindCalendar, ann, groupsOf)
	if got, want := x.Rights.String(), "lrwipk9"; got != want {
		t.Errorf("rights %s, want %s", got, want)
	}
	var got []string
	for _, r := range x.Reasons {
		got = append(got, fmt.Sprintf("%s; without it -%s +%s", r.String(), r.Without.Lost, r.Without.Gained))
	}
	want := []string{
		"anyone lr9 gives lr9, as to everybody; without it -lr9 +",
		"group:all i gives i, as to a member of team, which is in staff, which is in all; without it -i +",
		"group:staff pkt gives pkt, as to a member of team, which is in staff; without it -pk +",
		"-group:team t takes t, as to a member of team; without it - +t",
		"ann w gives w, by name; without it -w +",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := x.Gives(DeleteObject); len(r) != 1 || r[0].Index != 2 {
		t.Errorf("who gives t: %v", r)
	}
	if r := x.Takes(DeleteObject); len(r) != 1 || r[0].Index != 3 || !slices.Contains(r[0].Without.GainedMethods, "DELETE (object)") ||
		!slices.Contains(r[0].Without.GainedPrivileges, PrivRemoveResource) {
		t.Errorf("who takes t: %v", r)
	}
	if !slices.Contains(x.Methods, "PUT") || slices.Contains(x.Methods, "PROPPATCH") || !slices.Contains(x.Methods, "MKCALENDAR") {
		t.Errorf("methods %q", x.Methods)
	}
}

func TestExplainDelegate(t *testing.T) {
	list, _ := ParseList("owner lrwipkxtan9 -owner t anyone 9")
	for _, c := range []struct {
		d    Delegate
		want string
	}{
		{ReadDelegate, "owner lrwipkxtan9 gives lr9, as to a delegate of the owner who may read"},
		{WriteDelegate, "owner lrwipkxtan9 gives lrwipkxtn9, as to a delegate of the owner who may write"},
	} {
		x := list.Explain(KindCalendar, Subject{Name: "bob", Delegate: c.d}, nil)
		if got := x.Reasons[0].String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if x.Rights.Has(DeleteObject) {
			t.Errorf("a delegate has %s: more than the owner", x.Rights)
		}
	}
	if x := list.Explain(KindCalendar, Subject{Name: "root", Admin: true}, nil); !x.Admin || x.Rights != All || x.Reasons != nil {
		t.Errorf("an administrator: %+v", x)
	}
}

// oracle says anew, letter by letter, what List.Of is to come to.
func oracle(l List, s Subject) (r Rights) {
	if s.Admin {
		r, _ = ParseRights("lrwipkxtan789")
		return r
	}
	named := func(who string) bool {
		return who == "anyone" || who == "anonymous" && s.Name == "" || who == "owner" && s.Owner || s.Name != "" && who == s.Name ||
			strings.HasPrefix(who, "group:") && slices.Contains(s.Groups, who[6:])
	}
	has := func(letter string, negative bool, match func(string) bool) bool {
		return slices.ContainsFunc(l, func(e Entry) bool {
			return e.Negative == negative && match(e.Who) && strings.Contains(e.Rights.String(), letter)
		})
	}
	owner := func(who string) bool { return who == "owner" }
	for _, letter := range strings.Split(Letters, "") {
		held := has(letter, false, named)
		if !s.Owner && has(letter, false, owner) && !has(letter, true, owner) {
			switch s.Delegate {
			case ReadDelegate:
				held = held || strings.Contains("lr9", letter)
			case WriteDelegate:
				held = held || strings.Contains("lrwipkxtn789", letter)
			}
		}
		if held && !has(letter, true, named) {
			one, _ := ParseRights(letter)
			r |= one
		}
	}
	return r
}

func randomRights(rnd *rand.Rand) Rights {
	r := Rights(rnd.Uint32()) & (1<<len(Letters) - 1)
	if rnd.IntN(2) == 0 {
		r &= Rights(rnd.Uint32())
	}
	return r
}

func randomList(rnd *rand.Rand) (l List) {
	who := []string{"anyone", "anonymous", "owner", "ann", "bob", "group:team", "group:staff", "group:all"}
	for range rnd.IntN(7) {
		l = append(l, Entry{who[rnd.IntN(len(who))], rnd.IntN(3) == 0, randomRights(rnd)})
	}
	return l
}

func randomSubject(rnd *rand.Rand) Subject {
	s := []Subject{{}, {Name: "ann", Groups: []string{"all", "staff", "team"}}, {Name: "bob", Groups: []string{"all"}}, {Name: "carol"}}[rnd.IntN(4)]
	switch {
	case s.Name == "":
	case rnd.IntN(4) == 0:
		s.Owner = true
	default:
		s.Delegate = Delegate(rnd.IntN(3))
		s.Admin = rnd.IntN(20) == 0
	}
	return s
}

// Evaluation is as the oracle says, the explanation is of the same, and what it says of each entry comes true without it.
func TestEvaluationProperties(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	for range 20_000 {
		list, s := randomList(rnd), randomSubject(rnd)
		kind := Kinds[rnd.IntN(len(Kinds))]
		got := list.Of(s)
		if want := oracle(list, s); got != want {
			t.Fatalf("%q for %+v: %s, want %s", list, s, got, want)
		}
		x := list.Explain(kind, s, groupsOf)
		if x.Rights != got || !slices.Equal(x.Privileges, Held(kind, got)) {
			t.Fatalf("%q for %+v: explained as %s %v, is %s", list, s, x.Rights, x.Privileges, got)
		}
		var gives, takes Rights
		for _, r := range x.Reasons {
			gives |= r.Gives
			if r.By == NoDelegate {
				takes |= r.Takes
			}
			rest := slices.Delete(slices.Clone(list), r.Index, r.Index+1)
			if without := oracle(rest, s); got&^r.Without.Lost|r.Without.Gained != without {
				t.Fatalf("%q for %+v: without %s it is said to be -%s +%s, and is %s", list, s, r.String(), r.Without.Lost, r.Without.Gained, without)
			}
			if isGroup(r.Entry.Who) && !leads(s.Name, r.Path, r.Entry.Who) {
				t.Fatalf("%q for %+v: path %q to %s", list, s, r.Path, r.Entry.Who)
			}
		}
		if !s.Admin && (got&^gives != 0 || got&takes != 0) {
			t.Fatalf("%q for %+v: %s is not explained by +%s -%s", list, s, got, gives, takes)
		}
	}
}

func leads(from string, path []string, who string) bool {
	for _, g := range path {
		if !slices.Contains(groupsOf(from), g) {
			return false
		}
		from = g
	}
	return len(path) > 0 && who == GroupMark+from
}

func TestEvaluationAllocatesNothing(t *testing.T) {
	list, _ := ParseList("owner lrwipkxtan9 anyone 9 group:staff lr -bob t ann lri")
	s := Subject{Name: "ann", Groups: []string{"all", "staff"}, Delegate: WriteDelegate}
	var sink Rights
	if n := testing.AllocsPerRun(100, func() { sink |= list.Of(s) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	if !sink.Has(Insert) {
		t.Errorf("rights %s", sink)
	}
}
