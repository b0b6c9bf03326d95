package ical

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sharing is an object as a test makes it up.
type sharing struct {
	parts []sharedPart
	own   []ownPart // as parts
}

// sharedPart is what of a component is for all.
type sharedPart struct {
	day  int // of its RECURRENCE-ID; 0: the master
	text string
	kind string // TZID, UTC or DATE of RECURRENCE-ID
}

// ownPart is what of it is personal.
type ownPart struct {
	transparent bool
	notes       []string // sorted
	alarms      []string // sorted
}

func (p ownPart) String() string { return fmt.Sprintf("%v %q %q", p.transparent, p.notes, p.alarms) }

// drawOwn draws personal parts with who in all their texts.
func drawOwn(t *rapid.T, who string, n int) []ownPart {
	parts := make([]ownPart, n)
	for i := range parts {
		parts[i].transparent = rapid.Bool().Draw(t, "transparent")
		for k := range rapid.IntRange(0, 2).Draw(t, "alarms") {
			parts[i].alarms = append(parts[i].alarms, fmt.Sprintf("BEGIN:VALARM\r\nTRIGGER:-PT%dM\r\nDESCRIPTION:%s %d\r\nEND:VALARM\r\n", k+1, who, i))
		}
		for _, name := range []string{"X-MOZ-GENERATION", "X-MOZ-LASTACK", "X-MOZ-RECEIVED-SEQUENCE", "X-MOZ-SNOOZE-TIME-12", "X-MOZ-SNOOZE-TIME"} {
			if rapid.IntRange(0, 4).Draw(t, name) == 0 {
				parts[i].notes = append(parts[i].notes, name+":"+who)
			}
		}
	}
	return parts
}

// drawParts draws a master and some overrides.
func drawParts(t *rapid.T) []sharedPart {
	parts := []sharedPart{{0, rapid.StringMatching("[a-c]{1,3}").Draw(t, "text"), ""}}
	for day := 2; day <= 4; day++ {
		if rapid.Bool().Draw(t, "override") {
			parts = append(parts, sharedPart{day, rapid.StringMatching("[a-c]{1,3}").Draw(t, "text"), ""})
		}
	}
	return parts
}

// write writes the object in a way that random chooses.
func (s sharing) write(random *rand.Rand) []byte {
	out := fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:%d\r\n", random.IntN(9))
	for _, i := range random.Perm(len(s.parts)) {
		part, own := s.parts[i], s.own[i]
		props := []string{"UID:1", "SUMMARY;LANGUAGE=en;X-A=1:" + part.text, "SEQUENCE:" + fmt.Sprint(len(part.text)), "X-LIC-ERROR:x",
			fmt.Sprintf("DTSTAMP:2024%02d01T000000Z", 1+random.IntN(12)), fmt.Sprintf("LAST-MODIFIED:2024%02d01T000000Z", 1+random.IntN(12))}
		switch {
		case part.day == 0:
			props = append(props, "DTSTART;TZID=Europe/Berlin:20240101T010000", "RRULE:FREQ=DAILY")
		case random.IntN(2) == 0:
			props = append(props, "DTSTART:20240101T010000Z", fmt.Sprintf("RECURRENCE-ID;TZID=Europe/Berlin:202401%02dT010000", part.day))
		default:
			props = append(props, "DTSTART:20240101T010000Z", fmt.Sprintf("RECURRENCE-ID:202401%02dT000000Z", part.day))
		}
		if own.transparent {
			props = append(props, "TRANSP:TRANSPARENT")
		} else if random.IntN(2) == 0 {
			props = append(props, "TRANSP:OPAQUE")
		}
		props = append(props, own.notes...)
		out = append(out, "BEGIN:VEVENT\r\n"...)
		alarms := strings.Join(own.alarms, "")
		if random.IntN(4) == 0 { // where alarms do not belong
			out = append(out, alarms...)
			alarms = ""
		}
		for _, j := range random.Perm(len(props)) {
			text := strings.Replace(props[j], ";LANGUAGE=en;X-A=1", []string{";LANGUAGE=en;X-A=1", ";X-A=1;LANGUAGE=\"en\""}[random.IntN(2)], 1)
			at := 1 + random.IntN(len(text)-1)
			if random.IntN(3) == 0 {
				text = text[:at] + "\r\n " + text[at:]
			}
			out = append(out, text+[]string{"\r\n", "\n"}[random.IntN(2)]...)
		}
		out = append(out, alarms+"END:VEVENT\r\n"...)
	}
	return append(out, "END:VCALENDAR\r\n"...)
}

// ownOf reads what is personal in raw, by day of the month of the RECURRENCE-ID in UTC; 0 is the master.
func ownOf(t rapid.TB, raw []byte) map[int]ownPart {
	o, err := ParseObject(raw, Limits{})
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	all := map[int]ownPart{}
	for _, c := range o.Parts {
		var own ownPart
		for i := range c.Props {
			switch p := &c.Props[i]; {
			case p.Name == "TRANSP":
				own.transparent = p.Value == "TRANSPARENT"
			case strings.HasPrefix(p.Name, "X-MOZ-"):
				own.notes = append(own.notes, p.Name+":"+p.Value)
			}
		}
		for _, child := range c.Children {
			own.alarms = append(own.alarms, string(raw[child.Start:child.End]))
		}
		slices.Sort(own.notes)
		slices.Sort(own.alarms)
		day := 0
		if p := c.Prop("RECURRENCE-ID"); p != nil {
			day = o.dateTime(p).In(nil).UTC().Day()
		}
		all[day] = own
	}
	return all
}

// checkOwn fails t unless what is personal in raw is that of parts of want, and for new ones that of the master.
func checkOwn(t rapid.TB, what string, raw []byte, parts []sharedPart, want sharing) {
	t.Helper()
	all := ownOf(t, raw)
	if len(all) != len(parts) {
		t.Fatalf("%s: %d parts, want %d", what, len(all), len(parts))
	}
	for _, part := range parts {
		at := max(0, slices.IndexFunc(want.parts, func(p sharedPart) bool { return p.day == part.day }))
		if got := all[part.day].String(); got != want.own[at].String() {
			t.Fatalf("%s, day %d: got %s, want %s\n%s", what, part.day, got, want.own[at], raw)
		}
	}
}

func TestPersonalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		parts, others := drawParts(t), drawParts(t)
		if rapid.Bool().Draw(t, "only personal") {
			others = parts
		}
		owner := sharing{parts, drawOwn(t, "owner", len(parts))}
		sharee := sharing{others, drawOwn(t, "sharee", len(others))}
		before, in := object(t, owner.write(random)), object(t, sharee.write(random))
		shared, personal, err := SplitPersonal(in, before)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(parts) == fmt.Sprint(others) && string(shared) != string(before.raw) {
			t.Fatalf("%s\nwith other alarms\n%s\nbecame\n%s", before.raw, in.raw, shared)
		}
		stored := object(t, shared)
		checkOwn(t, "shared", shared, others, owner)
		if !stored.sameShared(in) {
			t.Fatalf("%s\nis not what was sent\n%s", shared, in.raw)
		}
		merged, err := MergePersonal(stored, personal)
		if err != nil {
			t.Fatal(err)
		}
		checkOwn(t, "merged", merged, others, sharee)
		if !object(t, merged).sameShared(in) {
			t.Fatalf("%s\nbecame\n%s", in.raw, merged)
		}
		checkLater(t, random, sharee, personal)
	})
}

// checkLater has the owner change the object after sharee wrote personal to one with parts of the owner's transparency.
func checkLater(t *rapid.T, random *rand.Rand, sharee sharing, personal []byte) {
	later := sharing{parts: drawParts(t)}
	later.own = drawOwn(t, "owner", len(later.parts))
	stored := object(t, later.write(random))
	for day, own := range ownOf(t, must(t)(MergePersonal(stored, personal))) {
		at := max(0, slices.IndexFunc(sharee.parts, func(p sharedPart) bool { return p.day == day }))
		want := sharee.own[at]
		want.transparent = own.transparent // who has said nothing of it goes with the owner
		if own.String() != want.String() {
			t.Fatalf("day %d: got %s, want %s", day, own, want)
		}
	}
	for day, own := range ownOf(t, must(t)(MergePersonal(stored, nil))) {
		at := slices.IndexFunc(later.parts, func(p sharedPart) bool { return p.day == day })
		if len(own.alarms)+len(own.notes) > 0 || own.transparent != later.own[at].transparent {
			t.Fatalf("for all, day %d: %s", day, own)
		}
	}
}
