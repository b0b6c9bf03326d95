package itip

import (
	"testing"

	"convene/ical"
)

func TestSetStatus(t *testing.T) {
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	o := object1(t, cal(weekly+"ann|bob;SCHEDULE-STATUS=1.1|cyd;SCHEDULE-AGENT=CLIENT", over09+"ATTENDEE:mailto:ann.alias@example.org"))
	raw := SetStatus(o, people, map[Address]string{"mailto:ann.alias@example.org": "1.2", person("bob"): "3.7,5.1", person("cyd"): "1.2"})
	checkText(t, raw, `ATTENDEE;SCHEDULE-STATUS=1.2:mailto:ann@|ATTENDEE;SCHEDULE-STATUS=1.2:mailto:ann.alias@|ATTENDEE;SCHEDULE-STATUS="3.7,5.1":mailto:bob`, "CLIENT;")
	if same := SetStatus(object1(t, string(raw)), people, map[Address]string{person("ann"): "1.2"}); string(same) != string(raw) {
		t.Errorf("set twice:\n%s", same)
	}
}

func TestExternalAndShow(t *testing.T) {
	o := object1(t, cal(weekly+"ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260101T000000Z|bob", over09+"bob|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM"))
	messages, err := Show(Context{Owner: person("org")}, o, []Address{person("ann"), person("bob"), person("dan")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(messages), "REQUEST ann quiet series/0, REQUEST bob quiet series/0 09/0"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	checkText(t, messages[0].Bytes(), "X-CONVENE-ANSWER=|X-CONVENE-ANSWERS|EXDATE:20260309T090000Z|DTSTAMP:20260101T000000Z", "VALARM")
	m, err := messages[0].External()
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, m.Bytes(), "PARTSTAT=ACCEPTED|METHOD:REQUEST", "X-")
}

func TestExpand(t *testing.T) {
	const team = Address("mailto:team@example.com")
	o := object1(t, cal(single+"ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:Team@example.com|ann"))
	raw := Expand(o, nil, map[Address][]Address{team: {person("ann"), person("bob")}})
	checkText(t, raw, `ATTENDEE;ROLE=OPT-PARTICIPANT;CUTYPE=GROUP;SCHEDULE-AGENT=NONE:mailto:Team@example.com|`+
		`ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;MEMBER="mailto:team@example.com":mailto:bob@example.com`, "MEMBER=\"mailto:team@example.com\":mailto:ann")
	if again := Expand(object1(t, string(raw)), nil, map[Address][]Address{team: {person("ann"), person("bob")}}); string(again) != string(raw) {
		t.Errorf("a second time:\n%s", again)
	}
	plan, err := Organizer(Context{Now: noon, Owner: person("org")}, nil, object1(t, string(raw)))
	if err != nil || summary(plan.Messages) != "REQUEST ann series/0, REQUEST bob series/0" {
		t.Errorf("%v %s", err, summary(plan.Messages))
	}
}

// TestTasks goes through the life of a task: assigned, done in part, done.
func TestTasks(t *testing.T) {
	task := func(lines string) *ical.Object {
		text := replace(cal("DTSTAMP:20260101T000000Z|DUE;VALUE=DATE:20260301|SUMMARY:a|org|"+lines), "VEVENT", "VTODO")
		return object1(t, text)
	}
	plan, err := Organizer(Context{Now: noon, Owner: person("org")}, nil, task("ann"))
	if err != nil || summary(plan.Messages) != "REQUEST ann series/0" {
		t.Fatalf("%v %s", err, summary(plan.Messages))
	}
	r, err := Receive(Context{Now: noon, Owner: person("ann")}, nil, plan.Messages[0])
	if err != nil || r.Outcome != Created {
		t.Fatalf("%v %v", r.Outcome, err)
	}
	theirs := object1(t, string(r.Object))
	done := replace(string(r.Object), "ATTENDEE:", "PERCENT-COMPLETE:100\r\nSTATUS:COMPLETED\r\nCOMPLETED:20260202T000000Z\r\nATTENDEE;PARTSTAT=COMPLETED:")
	answered, err := Attendee(Context{Now: noon, Owner: person("ann")}, theirs, object1(t, done))
	if err != nil || summary(answered.Messages) != "REPLY org series/0" {
		t.Fatalf("%v %s", err, summary(answered.Messages))
	}
	checkText(t, answered.Messages[0].Bytes(), "PERCENT-COMPLETE:100|COMPLETED:20260202T000000Z|PARTSTAT=COMPLETED", "")
	taken, err := Receive(Context{Now: noon, Owner: person("org")}, object1(t, string(plan.Object)), answered.Messages[0])
	if err != nil || taken.Outcome != Applied {
		t.Fatalf("%v %v", taken.Outcome, err)
	}
	checkText(t, taken.Object, "PARTSTAT=COMPLETED", "")
	later, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(t, string(taken.Object)), object1(t, replace(string(taken.Object), "20260301", "20260401")))
	if err != nil || summary(later.Messages) != "REQUEST ann series/1" {
		t.Fatalf("%v %s", err, summary(later.Messages))
	}
	checkText(t, later.Object, "NEEDS-ACTION", "PARTSTAT=COMPLETED")
}
