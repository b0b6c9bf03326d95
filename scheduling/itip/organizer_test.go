package itip

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

// cal makes an object of the master and its overrides, each lines separated by "|" between what all events have. "ann" and the like
// stand for an ATTENDEE, "ann;PARTSTAT=ACCEPTED" for one with parameters, "org" for the ORGANIZER.
func cal(parts ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n")
	for _, part := range parts {
		b.WriteString("BEGIN:VEVENT\r\nUID:1\r\n")
		for _, line := range strings.Split(part, "|") {
			name, params, _ := strings.Cut(line, ";")
			if params != "" {
				params = ";" + params
			}
			switch name {
			case "":
				continue
			case "ann", "bob", "cyd", "dan":
				line = "ATTENDEE" + params + ":mailto:" + name + "@example.com"
			case "org":
				line = "ORGANIZER" + params + ":mailto:org@example.com"
			}
			b.WriteString(line + "\r\n")
		}
		b.WriteString("END:VEVENT\r\n")
	}
	return b.String() + "END:VCALENDAR\r\n"
}

func object1(t testing.TB, text string) *ical.Object {
	t.Helper()
	if text == "" {
		return nil
	}
	o, err := ical.ParseObject([]byte(text), ical.Limits{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return o
}

// noon is the time of all changes in tables.
var noon = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

func person(name string) Address { return Address("mailto:" + name + "@example.com") }

// summary says in one line what messages there are: method, to whom, quiet or not, and for each component its instance and SEQUENCE.
func summary(messages []Message) string {
	var all []string
	for _, m := range messages {
		s := string(m.Method) + " " + strings.TrimSuffix(strings.TrimPrefix(string(m.To), "mailto:"), "@example.com")
		if m.Quiet {
			s += " quiet"
		}
		for _, p := range read(m.Object).parts {
			id := p.id.String()
			if id == "" {
				id = "series"
			}
			s += fmt.Sprintf(" %s/%d", strings.TrimSuffix(strings.TrimPrefix(id, "202603"), "T090000Z"), p.rev.Sequence)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

const (
	single = "DTSTAMP:20260101T000000Z|DTSTART:20260302T090000Z|DTEND:20260302T100000Z|SUMMARY:a|org|"
	weekly = "DTSTAMP:20260101T000000Z|DTSTART:20260302T090000Z|DTEND:20260302T100000Z|RRULE:FREQ=WEEKLY;COUNT=4|SUMMARY:a|org|"
	over09 = "DTSTAMP:20260101T000000Z|RECURRENCE-ID:20260309T090000Z|DTSTART:20260309T090000Z|DTEND:20260309T100000Z|SUMMARY:a|org|"
	over16 = "DTSTAMP:20260101T000000Z|RECURRENCE-ID:20260316T090000Z|DTSTART:20260316T090000Z|DTEND:20260316T100000Z|SUMMARY:a|org|"
)

func replace(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }

var organizerChanges = []struct {
	name          string
	before, after string
	stale         bool
	want          string // messages
	has           string // "|"-separated lines, or parts of them, that the stored copy has
	hasNot        string
}{
	{name: "created: everybody is invited, SEQUENCE stays 0", after: cal(single + "ann|bob"), want: "REQUEST ann series/0, REQUEST bob series/0"},
	{name: "created: answers that the attendees have not given are taken back, RFC 6638 section 3.2.1",
		after: cal(single + "ann;PARTSTAT=ACCEPTED"), want: "REQUEST ann series/0", has: "PARTSTAT=NEEDS-ACTION", hasNot: "ACCEPTED"},
	{name: "created: the organizer is no attendee to write to", after: cal(single + "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Org@Example.com|ann"),
		want: "REQUEST ann series/0", has: "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Org@Example.com"},
	{name: "created without ORGANIZER: no scheduling object", after: cal(replace(single, "org|", "") + "ann"), want: ""},
	{name: "created: SCHEDULE-AGENT", after: cal(single + "ann;SCHEDULE-AGENT=CLIENT|bob;SCHEDULE-AGENT=NONE|cyd;SCHEDULE-AGENT=SERVER|dan;SCHEDULE-AGENT=X-WHO"),
		want: "REQUEST cyd series/0"},
	{name: "created: aliases of one person are one person", after: cal(single + "ann|ATTENDEE:mailto:ann.alias@example.org|ATTENDEE;EMAIL=ann@example.com:/dav/principals/user/x/"),
		want: "REQUEST ann series/0"},
	{name: "deleted: all are told", before: cal(weekly + "ann|bob"), want: "CANCEL ann series/1, CANCEL bob series/1"},
	{name: "deleted: who was invited to one instance is told of that one", before: cal(weekly+"ann", over09+"ann|bob"), want: "CANCEL ann series/1, CANCEL bob 09/1"},
	{name: "cancelled by STATUS", before: cal(single + "ann"), after: cal(single + "ann|STATUS:CANCELLED"), want: "CANCEL ann series/1", has: "SEQUENCE:1"},
	{name: "taken off the calendar by leaving out ORGANIZER", before: cal(single + "ann"), after: cal(replace(single, "org|", "")), want: "CANCEL ann series/1"},
	{name: "unchanged", before: cal(single + "ann"), after: cal(single + "ann"), want: ""},
	{name: "only alarms, notes of clients and personal things", before: cal(single + "ann"),
		after: cal(single + "ann|TRANSP:TRANSPARENT|CATEGORIES:x|COLOR:red|X-MOZ-LASTACK:20260101T000000Z|X-MOZ-GENERATION:2|LAST-MODIFIED:20260202T000000Z|BEGIN:VALARM|TRIGGER:-PT5M|ACKNOWLEDGED:20260101T000000Z|END:VALARM"), want: ""},
	{name: "written in another way", before: cal(single + "ann"),
		after: cal(replace(single, "DTEND:20260302T100000Z", "DURATION:PT1H", "DTSTART:20260302T090000Z", "DTSTART;TZID=Europe/Berlin:20260302T100000") + "PRIORITY:0|CLASS:PUBLIC|STATUS:CONFIRMED|DESCRIPTION:|ATTENDEE:MAILTO:Ann%40example.com"), want: ""},
	{name: "the summary: no SEQUENCE, no reset", before: cal(single + "ann;PARTSTAT=ACCEPTED"), after: cal(replace(single, "SUMMARY:a", "SUMMARY:b") + "ann;PARTSTAT=ACCEPTED"),
		want: "REQUEST ann series/0", has: "PARTSTAT=ACCEPTED|DTSTAMP:20260201T120000Z", hasNot: "SEQUENCE"},
	{name: "the place: SEQUENCE, no reset", before: cal(single + "ann;PARTSTAT=ACCEPTED"), after: cal(single + "ann;PARTSTAT=ACCEPTED|LOCATION:b"),
		want: "REQUEST ann series/1", has: "PARTSTAT=ACCEPTED|SEQUENCE:1"},
	{name: "the time: SEQUENCE and reset, not for the organizer", before: cal(single + "ann;PARTSTAT=ACCEPTED|ATTENDEE;PARTSTAT=ACCEPTED:mailto:org@example.com"),
		after: cal(replace(single, "20260302T09", "20260302T08") + "ann;PARTSTAT=ACCEPTED|ATTENDEE;PARTSTAT=ACCEPTED:mailto:org@example.com"),
		want:  "REQUEST ann series/1", has: "ATTENDEE;PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=1:mailto:ann|ATTENDEE;PARTSTAT=ACCEPTED:mailto:org|SEQUENCE:1"},
	{name: "a SEQUENCE that the client has raised already stays", before: cal(single + "ann"), after: cal(single + "ann|LOCATION:b|SEQUENCE:7"), want: "REQUEST ann series/7"},
	{name: "a SEQUENCE and a DTSTAMP out of all bounds", before: cal(replace(single, "20260101T", "99991231T") + "ann|SEQUENCE:2147483647"), after: cal(replace(single, "20260101T", "99991231T", "T09", "T08") + "ann|SEQUENCE:9999999999999999999999"),
		want: "REQUEST ann series/1073741824", has: "SEQUENCE:1073741825|DTSTAMP:90000101T000001Z"},
	{name: "a SEQUENCE never goes back", before: cal(single + "ann|SEQUENCE:4"), after: cal(replace(single, "SUMMARY:a", "SUMMARY:b") + "ann|SEQUENCE:0"), want: "REQUEST ann series/4", has: "SEQUENCE:4"},
	{name: "one guest more: only that one is mailed", before: cal(single + "ann|bob"), after: cal(single + "ann|bob|cyd"),
		want: "REQUEST ann quiet series/0, REQUEST bob quiet series/0, REQUEST cyd series/0"},
	{name: "one guest fewer", before: cal(single + "ann|bob"), after: cal(single + "ann"), want: "REQUEST ann quiet series/1, CANCEL bob series/1"},
	{name: "SERVER to NONE is a cancellation, RFC 6638 section 3.2.1.2", before: cal(single + "ann"), after: cal(single + "ann;SCHEDULE-AGENT=NONE"), want: "CANCEL ann series/1"},
	{name: "CLIENT to SERVER is an invitation", before: cal(single + "ann;SCHEDULE-AGENT=CLIENT"), after: cal(single + "ann"), want: "REQUEST ann series/0"},
	{name: "nobody to whom the server sends anything: as it was written", before: cal(replace(single, "20260101T", "20260105T") + "ann;SCHEDULE-AGENT=CLIENT;PARTSTAT=ACCEPTED|bob;SCHEDULE-AGENT=NONE|SEQUENCE:1"),
		after: cal(replace(single, "T09", "T08") + "ann;SCHEDULE-AGENT=CLIENT;PARTSTAT=NEEDS-ACTION|bob;SCHEDULE-AGENT=NONE;SCHEDULE-STATUS=1.1|SEQUENCE:2"), want: ""},
	{name: "created with nobody to whom the server sends anything: as it was written", after: cal(replace(single, "20260101T", "20360101T") + "ann;SCHEDULE-AGENT=CLIENT"), want: ""},
	{name: "the organizer writes back an old answer: nobody hears of it, and the answer stays", before: cal(single + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z|bob"),
		after: cal(single + "ann;PARTSTAT=NEEDS-ACTION|bob"), stale: true, want: "", has: "PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z"},
	{name: "the organizer writes answers that it has read", before: cal(single + "ann;PARTSTAT=ACCEPTED|bob"), after: cal(single + "ann;PARTSTAT=ACCEPTED|bob|X-A:1"), want: ""},
	{name: "the organizer may not answer for others", before: cal(single + "ann|bob"), after: cal(single + "ann;PARTSTAT=ACCEPTED|bob"), want: "", hasNot: "ACCEPTED"},
	{name: "the organizer asks again", before: cal(single + "ann;PARTSTAT=DECLINED|bob"), after: cal(single + "ann;PARTSTAT=NEEDS-ACTION|bob"),
		want: "REQUEST ann series/0, REQUEST bob quiet series/0", has: "PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=0-20260201T120000Z"},
	{name: "SCHEDULE-FORCE-SEND", before: cal(single + "ann;PARTSTAT=DECLINED|bob"), after: cal(single + "ann;PARTSTAT=DECLINED;SCHEDULE-FORCE-SEND=REQUEST|bob"),
		want: "REQUEST ann series/0", hasNot: "FORCE"},
	{name: "an unknown SCHEDULE-FORCE-SEND", before: cal(single + "ann"), after: cal(single + "ann;SCHEDULE-FORCE-SEND=X"), want: "", has: "SCHEDULE-STATUS=2.3", hasNot: "FORCE"},
	{name: "SCHEDULE-STATUS is the server's", before: cal(single + "ann;SCHEDULE-STATUS=1.2"), after: cal(single + "ann;SCHEDULE-STATUS=5.1|bob;SCHEDULE-STATUS=1.1"),
		want: "REQUEST ann quiet series/0, REQUEST bob series/0", has: "ATTENDEE;SCHEDULE-STATUS=1.2:mailto:ann", hasNot: "5.1|1.1"},
	{name: "own ROLE", before: cal(single + "ann|bob"), after: cal(single + "ann;ROLE=CHAIR|bob"), want: "REQUEST ann series/0, REQUEST bob quiet series/0"},

	{name: "an instance moved", before: cal(weekly + "ann;PARTSTAT=ACCEPTED|bob"), after: cal(weekly+"ann;PARTSTAT=ACCEPTED|bob", replace(over09, "T09", "T09", "DTSTART:20260309T09", "DTSTART:20260309T08")+"ann;PARTSTAT=ACCEPTED|bob"),
		want: "REQUEST ann series/0 09/1, REQUEST bob series/0 09/1", has: "PARTSTAT=ACCEPTED|PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=1"},
	{name: "an instance excluded", before: cal(weekly + "ann|bob"), after: cal(weekly + "ann|bob|EXDATE:20260309T090000Z"), want: "CANCEL ann 09/1, CANCEL bob 09/1", has: "SEQUENCE:1"},
	{name: "an override excluded", before: cal(weekly+"ann", over09+"ann|LOCATION:x"), after: cal(weekly + "ann|EXDATE:20260309T090000Z"), want: "CANCEL ann 09/1"},
	{name: "EXDATE of what is no instance", before: cal(weekly + "ann"), after: cal(weekly + "ann|EXDATE:20260310T090000Z"), want: "", has: "SEQUENCE:1"},
	{name: "an instance excluded and the summary changed: one message", before: cal(weekly + "ann"), after: cal(replace(weekly, "SUMMARY:a", "SUMMARY:b") + "ann|EXDATE:20260309T090000Z"), want: "REQUEST ann series/1"},
	{name: "an instance brought back: reset", before: cal(weekly + "ann;PARTSTAT=ACCEPTED|EXDATE:20260309T090000Z"), after: cal(weekly + "ann;PARTSTAT=ACCEPTED"), want: "REQUEST ann series/1", has: "NEEDS-ACTION"},
	{name: "somebody invited to one instance", before: cal(weekly + "ann"), after: cal(weekly+"ann", over09+"ann|bob"), want: "REQUEST ann quiet series/0 09/0, REQUEST bob 09/0"},
	{name: "somebody taken out of one instance", before: cal(weekly + "ann|bob"), after: cal(weekly+"ann|bob", over09+"ann"), want: "REQUEST ann quiet series/0 09/1, CANCEL bob 09/1"},
	{name: "what a person taken out of an instance gets later", before: cal(weekly+"ann|bob", over09+"ann"), after: cal(replace(weekly, "SUMMARY:a", "SUMMARY:b")+"ann|bob", over09+"ann"),
		want: "REQUEST ann series/0 09/0, REQUEST bob series/0"},
	{name: "of two instances that somebody is invited to one changes", before: cal(weekly+"ann", over09+"ann|bob", over16+"ann|bob"), after: cal(weekly+"ann", over09+"ann|bob|LOCATION:x", over16+"ann"),
		want: "REQUEST ann series/0 09/1 16/1, CANCEL bob 16/1, REQUEST bob 09/1"},
	{name: "from the series to one instance", before: cal(weekly+"ann|bob", over09+"ann|bob"), after: cal(weekly+"ann", over09+"ann|bob"),
		want: "REQUEST ann quiet series/1 09/1, CANCEL bob series/1, REQUEST bob 09/1"},
	{name: "an override that is as the series again", before: cal(weekly+"ann", over09+"ann|LOCATION:x"), after: cal(weekly + "ann"), want: "REQUEST ann series/1"},
	{name: "a moved override that is as the series again: its answers are void", before: cal(weekly+"ann", replace(over09, "DTSTART:20260309T09", "DTSTART:20260309T08")+"ann;PARTSTAT=ACCEPTED"),
		after: cal(weekly + "ann"), want: "REQUEST ann series/0 09/1", has: "RECURRENCE-ID:20260309T090000Z|ATTENDEE;X-CONVENE-ANSWER=1", hasNot: "ACCEPTED"},
	{name: "an override of answers alone that the client does not know stays", before: cal(weekly+"ann|bob", over09+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z|bob"),
		after: cal(weekly + "ann|bob"), want: "", has: "RECURRENCE-ID:20260309T090000Z|PARTSTAT=DECLINED"},
	{name: "an override of answers alone that a client with an old copy does not know keeps its DTSTAMP", before: cal(replace(weekly, "20260101T", "20260103T")+"ann|bob", replace(over09, "20260101T", "20260103T")+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z|bob"),
		after: cal(weekly + "ann|bob|X-MOZ-LASTACK:1"), stale: true, want: "", has: "DTSTAMP:20260103T000000Z|PARTSTAT=DECLINED", hasNot: "DTSTAMP:20260101T"},
	{name: "the series moved: what was answered is void, in overrides too", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"),
		after: cal(replace(weekly, "20260302T09", "20260302T08")+"ann;PARTSTAT=ACCEPTED", replace(over09, "20260309T09", "20260309T08")+"ann;PARTSTAT=ACCEPTED|LOCATION:x"),
		want:  "REQUEST ann series/1 09T080000Z/1", hasNot: "ACCEPTED"},
	{name: "the series split, its first half: shorter, no reset", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"), after: cal(replace(weekly, "COUNT=4", "UNTIL=20260310T000000Z") + "ann;PARTSTAT=ACCEPTED"),
		want: "REQUEST ann series/1", has: "PARTSTAT=ACCEPTED"},
	{name: "the series split, its second half", after: cal(replace(weekly, "20260302", "20260316") + "ann;PARTSTAT=ACCEPTED|RELATED-TO:1"), want: "REQUEST ann series/0", has: "NEEDS-ACTION"},
	{name: "the series longer: reset", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"), after: cal(replace(weekly, "COUNT=4", "COUNT=5") + "ann;PARTSTAT=ACCEPTED"), want: "REQUEST ann series/1", has: "NEEDS-ACTION"},
	{name: "the rule shorter in another way", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"), after: cal(replace(weekly, "WEEKLY;COUNT=4", "WEEKLY;INTERVAL=2;COUNT=2") + "ann;PARTSTAT=ACCEPTED"),
		want: "REQUEST ann series/1", has: "PARTSTAT=ACCEPTED"},
	{name: "RDATE added: reset", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"), after: cal(weekly + "ann;PARTSTAT=ACCEPTED|RDATE:20260320T090000Z"), want: "REQUEST ann series/1", has: "NEEDS-ACTION"},
	{name: "a delegate who has come in since is not lost", before: cal(single + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|dan;DELEGATED-FROM="mailto:ann@example.com"`),
		after: cal(single + "ann;PARTSTAT=NEEDS-ACTION"), stale: true, want: "", has: `PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|ATTENDEE;DELEGATED-FROM="mailto:ann@example.com":mailto:dan`},
	{name: "a delegate whom the client does not know, rescheduled: to be answered again", stale: true, before: cal(single + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com";X-CONVENE-ANSWER=0-20260102T000000Z|dan;DELEGATED-FROM="mailto:ann@example.com";PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260103T000000Z`),
		after: cal(replace(single, "T09", "T08") + "ann"), want: "REQUEST ann series/1, REQUEST dan series/1", has: `DELEGATED-FROM="mailto:ann@example.com";PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=1:mailto:dan@`, hasNot: "ACCEPTED"},
	{name: "somebody who has accepted the series is let into one more instance of the same SEQUENCE", before: cal(weekly+"ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z|bob", over09+"bob"),
		after: cal(weekly+"ann;PARTSTAT=ACCEPTED|bob", over09+"ann;PARTSTAT=NEEDS-ACTION|bob"), want: "REQUEST ann series/0 09/0, REQUEST bob quiet series/0 09/0", has: "PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z-S:mailto:ann@"},
	{name: "RDATE removed: no reset", before: cal(weekly + "ann;PARTSTAT=ACCEPTED|RDATE:20260320T090000Z"), after: cal(weekly + "ann;PARTSTAT=ACCEPTED"), want: "REQUEST ann series/1", has: "PARTSTAT=ACCEPTED"},
}

func TestOrganizer(t *testing.T) {
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	for _, test := range organizerChanges {
		t.Run(test.name, func(t *testing.T) {
			ctx := Context{Now: noon, Owner: person("org"), People: people, Stale: test.stale}
			plan, err := Organizer(ctx, object1(t, test.before), object1(t, test.after))
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(plan.Messages); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkText(t, plan.Object, test.has, test.hasNot)
			if test.want == "" && test.has == "" && test.hasNot == "" && string(plan.Object) != test.after {
				t.Errorf("the copy is not as it was written:\n%s", plan.Object)
			}
			for _, m := range plan.Messages {
				if _, err := ParseMessage(m.Bytes(), ical.Limits{}); err != nil {
					t.Errorf("%v in\n%s", err, m.Bytes())
				}
			}
		})
	}
}

// checkText says what raw lacks of has, and has of hasNot; both are lists separated by "|".
func checkText(t *testing.T, raw []byte, has, hasNot string) {
	t.Helper()
	text := strings.ReplaceAll(string(raw), "\r\n ", "")
	for _, s := range strings.Split(has, "|") {
		if !strings.Contains(text, s) {
			t.Errorf("no %s in\n%s", s, text)
		}
	}
	for _, s := range strings.Split(hasNot, "|") {
		if s != "" && strings.Contains(text, s) {
			t.Errorf("%s in\n%s", s, text)
		}
	}
}

// TestMessageHidesWhatIsPrivate holds what a REQUEST says against what the organizer's copy says.
func TestMessageHidesWhatIsPrivate(t *testing.T) {
	after := cal(single + "ann;SCHEDULE-STATUS=1.2;X-A=1;CN=Ann|bob;SCHEDULE-AGENT=NONE|X-MOZ-LASTACK:1|X-PRIVATE:2|X-ALT-DESC:shown|REQUEST-STATUS:2.0;x|" +
		"DESCRIPTION:shown too|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM")
	plan, err := Organizer(Context{Now: noon, Owner: person("org"), SentBy: person("cyd")}, nil, object1(t, after))
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, plan.Messages[0].Bytes(), "METHOD:REQUEST|X-ALT-DESC:shown|DESCRIPTION:shown too|DTSTAMP:20260201T120000Z|bob@example.com|CN=Ann|SENT-BY=\"mailto:cyd@example.com\"",
		"SCHEDULE-|X-A=|LASTACK|PRIVATE|VALARM|REQUEST-STATUS")
	checkText(t, plan.Object, "X-PRIVATE:2|VALARM|SENT-BY=\"mailto:cyd@example.com\"", "")
}

func TestOrganizerRefusals(t *testing.T) {
	other := replace(single, "org|", "ORGANIZER:mailto:dan@example.com|")
	for _, test := range []struct {
		name          string
		before, after string
		want          error
	}{
		{"another organizer", cal(single + "ann"), cal(other + "ann"), ErrOrganizerChange},
		{"another organizer of what nobody was invited to", cal(single), cal(other + "ann"), nil},
		{"two organizers", "", cal(weekly+"ann", replace(over09, "org|", "ORGANIZER:mailto:dan@example.com|")+"ann"), ErrSameOrganizer},
	} {
		if _, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(t, test.before), object1(t, test.after)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}
