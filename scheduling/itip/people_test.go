package itip

import (
	"strings"
	"testing"
	"time"

	"convene/ical"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"mailto:ann@example.com", "mailto:ann@example.com"},
		{" MAILTO:Ann@Example.COM ", "mailto:ann@example.com"},
		{"ann@example.com", "mailto:ann@example.com"},
		{"mailto:ann%2Bteam%40example.com", "mailto:ann+team@example.com"},
		{"mailto:ann%zz@example.com", "mailto:ann%zz@example.com"},
		{"mailto:ann@example.com?subject=x", "mailto:ann@example.com"},
		{"URN:uuid:ABC", "urn:uuid:ABC"},
		{"/dav/principals/user/Ann/", "/dav/principals/user/Ann/"},
		{"https://Example.com/Ann", "https://Example.com/Ann"},
		{"invalid:nomail", "invalid:nomail"},
		{"", ""},
	} {
		if got := ParseAddress(test.in); got != Address(test.want) {
			t.Errorf("ParseAddress(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	one := object1(t, cal(weekly+`ann;SENT-BY="mailto:Eve@example.com";EMAIL=a@example.com|bob;DELEGATED-TO="mailto:x@example.com","mailto:y@example.com"`, over09+"cyd|bob"))
	two := object1(t, cal(single+`org|ATTENDEE;DELEGATED-FROM="mailto:bob@example.com";MEMBER="mailto:Team@example.com":MAILTO:ANN@example.com|ATTENDEE:/p/dan/|ATTENDEE:`))
	var got []string
	for _, a := range Addresses(nil, one, two) {
		got = append(got, string(a))
	}
	want := "mailto:org@example.com mailto:ann@example.com mailto:eve@example.com mailto:a@example.com mailto:bob@example.com mailto:x@example.com " +
		"mailto:y@example.com mailto:cyd@example.com mailto:team@example.com /p/dan/"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if got := Addresses(); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestPartStat(t *testing.T) {
	ctx := Context{Owner: person("ann"), People: People{}}
	ctx.People.Add(person("ann"), "mailto:ann.alias@example.org")
	for _, test := range []struct{ object, want string }{
		{"", ""},
		{cal(single + "bob;PARTSTAT=ACCEPTED"), ""},
		{cal(single + "ann"), "NEEDS-ACTION"},
		{cal(single + "ann;PARTSTAT=needs-action"), "NEEDS-ACTION"},
		{cal(weekly+"ATTENDEE;PARTSTAT=accepted:mailto:ann.alias@example.org", over09+"ann;PARTSTAT=DECLINED"), "ACCEPTED"},
		{cal(weekly+"bob", over09+"bob", over16+"ann;PARTSTAT=DECLINED"), "DECLINED"},
		{cal(over09+"ann;PARTSTAT=TENTATIVE", over16+"ann;PARTSTAT=DECLINED"), "TENTATIVE"},
	} {
		if got := PartStat(ctx, object1(t, test.object)); got != test.want {
			t.Errorf("got %q, want %q in\n%s", got, test.want, test.object)
		}
	}
}

func TestRoleOf(t *testing.T) {
	ctx := Context{Owner: "mailto:ann.alias@example.org", People: People{}}
	ctx.People.Add(person("ann"), "mailto:ann.alias@example.org")
	for _, test := range []struct {
		name, object string
		want         Role
	}{
		{"organizer by another address", cal(replace(single, "org", "ORGANIZER:mailto:ANN@example.com") + "bob"), AsOrganizer},
		{"attendee of one instance", cal(weekly+"bob", over09+"bob|ann"), AsAttendee},
		{"neither", cal(single + "bob"), NoRole},
		{"no organizer", cal(replace(single, "org|", "") + "ann"), NoRole},
		{"no object", "", NoRole},
	} {
		if got, err := RoleOf(ctx, object1(t, test.object)); got != test.want || err != nil {
			t.Errorf("%s: got %v, %v", test.name, got, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	ctx := Context{Now: noon, Owner: person("ann")}
	o := object1(t, cal(weekly+"ann|bob|COMMENT:x", over09+"ann|bob"))
	at := func(day int) Instance {
		return InstanceOf(o, ical.DateTime{Wall: time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC), Zone: time.UTC})
	}
	for _, test := range []struct {
		name string
		id   Instance
		want string
	}{
		{"the series", Master, "REPLY org series/0 09/0"},
		{"an override", at(9), "REPLY org 09/0"},
		{"another instance", at(16), "REPLY org 16/0"},
		{"what is not there", at(10), ""},
	} {
		raw := Answer(ctx, o, test.id, "tentative", "y, perhaps")
		plan, err := Attendee(ctx, o, object1(t, string(raw)))
		if err != nil || summary(plan.Messages) != test.want {
			t.Errorf("%s: %v, %s\n%s", test.name, err, summary(plan.Messages), raw)
		}
		if test.want != "" {
			checkText(t, plan.Messages[0].Bytes(), `COMMENT:y\, perhaps|PARTSTAT=TENTATIVE`, "")
		}
	}
}

func TestAdmitAndTurnAway(t *testing.T) {
	ctx := Context{Now: noon, Owner: person("org")}
	o := object1(t, cal(single+"ann|SEQUENCE:2"))
	reply := Message{
		Method: Reply, From: person("cyd"), To: person("org"),
		Object: object1(t, cal(replace(single, "20260101T", "20260102T")+"cyd;PARTSTAT=ACCEPTED|SEQUENCE:2")),
	}
	plan, err := Admit(ctx, o, reply)
	if err != nil || summary(plan.Messages) != "REQUEST ann quiet series/2, REQUEST cyd series/2" {
		t.Fatalf("%v %s", err, summary(plan.Messages))
	}
	checkText(t, plan.Object, "ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0;X-CONVENE-ANSWER=2-20260102T000000Z:mailto:cyd@example.com", "")
	if r, err := Receive(ctx, object1(t, string(plan.Object)), reply); err != nil || r.Outcome != Unchanged {
		t.Errorf("the reply again: %v %v", r.Outcome, err)
	}
	m, err := TurnAway(ctx, o, reply)
	if err != nil || summary([]Message{m}) != "CANCEL cyd series/3" {
		t.Fatalf("%v %s", err, summary([]Message{m}))
	}
	theirs := Context{Now: noon, Owner: person("cyd")}
	r, err := Receive(theirs, object1(t, cal(single+"cyd;PARTSTAT=ACCEPTED|SEQUENCE:2")), m)
	if err != nil || r.Outcome != Applied {
		t.Fatalf("%v %v", r.Outcome, err)
	}
	checkText(t, r.Object, "STATUS:CANCELLED", "")
}

func TestAdmitToInstance(t *testing.T) {
	ctx := Context{Now: noon, Owner: person("org")}
	reply := Message{
		Method: Reply, From: person("cyd"), To: person("org"),
		Object: object1(t, cal(replace(over09, "20260101T", "20260102T")+"cyd;PARTSTAT=ACCEPTED", replace(over16, "20260101T", "20260102T", "0316", "0317")+"cyd;PARTSTAT=ACCEPTED")),
	}
	plan, err := Admit(ctx, object1(t, cal(weekly+"ann")), reply)
	if err != nil || summary(plan.Messages) != "REQUEST ann quiet series/0 09/0, REQUEST cyd 09/0" {
		t.Fatalf("%v %s", err, summary(plan.Messages))
	}
	checkText(t, plan.Object, "RECURRENCE-ID:20260309T090000Z|ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0;X-CONVENE-ANSWER=0-20260102T000000Z:mailto:cyd@example.com", "20260317")
	if r, err := Receive(ctx, object1(t, string(plan.Object)), reply); err != nil || r.Outcome != Stale {
		t.Errorf("the reply again: %v %v", r.Outcome, err)
	}
}

func TestProposeAndDecline(t *testing.T) {
	ctx := Context{Now: noon, Owner: person("ann")}
	o := object1(t, cal(weekly+"ann|bob|SEQUENCE:2"))
	at := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	id := InstanceOf(o, ical.DateTime{Wall: at.Add(9 * time.Hour), Zone: time.UTC})
	m, err := Propose(ctx, o, id, ical.DateTime{Wall: at.Add(14 * time.Hour), Zone: time.UTC}, ical.DateTime{Wall: at.Add(15 * time.Hour), Zone: time.UTC}, "busy then")
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, m.Bytes(), "METHOD:COUNTER|RECURRENCE-ID:20260309T090000Z|DTSTART:20260309T140000Z|DTEND:20260309T150000Z|SEQUENCE:2|COMMENT:busy then", "RRULE|X-")
	r, err := Receive(Context{Now: noon, Owner: person("org")}, o, m)
	if err != nil || r.Outcome != Proposed {
		t.Errorf("%v %v", r.Outcome, err)
	}
	no, err := Decline(Context{Now: noon, Owner: person("org")}, m, "sorry")
	if err != nil || no.To != person("ann") {
		t.Fatalf("%v %v", no.To, err)
	}
	checkText(t, no.Bytes(), "METHOD:DECLINECOUNTER|SEQUENCE:2|COMMENT:sorry|UID:1", "busy")
	if r, err := Receive(ctx, o, no); err != nil || r.Outcome != Noted {
		t.Errorf("%v %v", r.Outcome, err)
	}
	if m, err := Propose(ctx, o, Instance{kind: dateKind}, ical.DateTime{}, ical.DateTime{}, ""); err != nil || m.Object != nil {
		t.Errorf("an instance that is not there: %v %v", m, err)
	}
}
