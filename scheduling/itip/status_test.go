package itip

import (
	"errors"
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
	raw := Expand(o, nil, map[Address][]Address{team: {person("ann"), person("org"), person("bob")}})
	checkText(t, raw, `ATTENDEE;ROLE=OPT-PARTICIPANT;CUTYPE=GROUP;SCHEDULE-AGENT=NONE:mailto:Team@example.com|`+
		`ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;MEMBER="mailto:team@example.com":mailto:bob@example.com`, "MEMBER=\"mailto:team@example.com\":mailto:ann|MEMBER=\"mailto:team@example.com\":mailto:org")
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

// TestProgress has two attendees work on a task.
func TestProgress(t *testing.T) {
	task := func(lines string) string {
		return replace(cal("DTSTAMP:20260101T000000Z|DUE:20260301T090000Z|SUMMARY:a|org|"+lines), "VEVENT", "VTODO")
	}
	ann := Context{Now: noon, Owner: person("ann")}
	for _, test := range []struct{ name, before, after, want, reply string }{
		{"begun", "ann|bob", "ann;PARTSTAT=IN-PROCESS|bob|STATUS:IN-PROCESS|PERCENT-COMPLETE:10", "REPLY org series/0", "PARTSTAT=IN-PROCESS|PERCENT-COMPLETE:10|STATUS:IN-PROCESS"},
		{"further on", "ann;PARTSTAT=IN-PROCESS|bob|STATUS:IN-PROCESS|PERCENT-COMPLETE:10", "ann;PARTSTAT=IN-PROCESS|bob|STATUS:IN-PROCESS|PERCENT-COMPLETE:50", "REPLY org series/0", "PERCENT-COMPLETE:50"},
		{"done, by a client that knows of no PARTSTAT", "ann|bob", "ann|bob|STATUS:COMPLETED|COMPLETED:20260202T000000Z", "REPLY org series/0", "COMPLETED:20260202T000000Z|STATUS:COMPLETED"},
		{"nothing", "ann|bob|STATUS:NEEDS-ACTION", "ann|bob|STATUS:NEEDS-ACTION|X-A:1", "", ""},
	} {
		plan, err := Attendee(ann, object1(t, task(test.before)), object1(t, task(test.after)))
		if err != nil || summary(plan.Messages) != test.want {
			t.Errorf("%s: %v %s", test.name, err, summary(plan.Messages))
		}
		if test.want != "" {
			checkText(t, plan.Messages[0].Bytes(), test.reply, "")
		}
	}
	if _, err := Attendee(ann, object1(t, task("ann|bob")), object1(t, task("ann|bob|STATUS:CANCELLED"))); !errors.Is(err, ErrAttendeeChange) {
		t.Errorf("cancelled by an attendee: %v", err)
	}
	mine := task("ann;PARTSTAT=COMPLETED;X-CONVENE-ANSWER=0-20260102T000000Z|bob|STATUS:COMPLETED|COMPLETED:20260202T000000Z|PERCENT-COMPLETE:100")
	for _, test := range []struct {
		name, lines string
		quiet       bool
		has, hasNot string
	}{
		{"bob has begun", "ann;PARTSTAT=COMPLETED;X-CONVENE-ANSWER=0-20260102T000000Z|bob;PARTSTAT=IN-PROCESS|STATUS:NEEDS-ACTION", true, "STATUS:COMPLETED|PERCENT-COMPLETE:100|COMPLETED:2026", "STATUS:NEEDS"},
		{"cancelled", "ann|bob|STATUS:CANCELLED|SEQUENCE:1", false, "STATUS:CANCELLED", "STATUS:COMPLETED"},
	} {
		m := Message{Method: Request, Object: object1(t, replace(task(test.lines), "20260101T", "20260103T", "PRODID:test", "PRODID:test\r\nX-CONVENE-ANSWERS:TRUE")), From: person("org"), To: person("ann")}
		r, err := Receive(ann, object1(t, mine), m)
		if err != nil || r.Outcome != Applied || r.Quiet != test.quiet {
			t.Errorf("%s: %v %v quiet %v", test.name, r.Outcome, err, r.Quiet)
		}
		checkText(t, r.Object, test.has, test.hasNot)
	}
}
