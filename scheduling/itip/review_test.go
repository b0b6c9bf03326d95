package itip

import (
	"slices"
	"strings"
	"testing"

	"convene/ical"
)

// clientLines are what clients and peers write into objects by themselves.
var clientLines = []string{
	"X-MOZ-LASTACK:20260101T000000Z", "X-MOZ-GENERATION:7", "X-MOZ-SNOOZE-TIME:20260101T000000Z", "X-MOZ-SNOOZE-TIME-1772442000000000:20260101T000000Z",
	"X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:No value for LOCATION property", "X-APPLE-TRAVEL-DURATION;VALUE=DURATION:PT30M",
	"X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC", "X-APPLE-CREATOR-IDENTITY:com.apple.mobilecal",
	`X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE="Room 1":geo:52.5,13.4`, "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
	"X-EVOLUTION-CALDAV-HREF:/x.ics", "X-KDE-KCALCORE-ENABLED:TRUE", "TRANSP:TRANSPARENT", "CATEGORIES:own,other", "COLOR:red", "CLASS:PRIVATE",
	"LAST-MODIFIED:20260131T000000Z", "CREATED:20260101T000000Z",
	"BEGIN:VALARM|UID:a|ACTION:DISPLAY|TRIGGER:-PT15M|ACKNOWLEDGED:20260101T000000Z|X-MOZ-LASTACK:20260101T000000Z|END:VALARM",
	"BEGIN:VALARM|ACTION:AUDIO|TRIGGER:-PT15M|X-APPLE-DEFAULT-ALARM:TRUE|END:VALARM|BEGIN:VALARM|TRIGGER;VALUE=DATE-TIME:20260101T000000Z|RELATED-TO;RELTYPE=SNOOZE:a|END:VALARM",
}

// TestClientLines lets organizer and attendee write, and take out again, what is nobody else's business: nothing is sent, it is stored
// as it was written, and it survives the next message.
func TestClientLines(t *testing.T) {
	for _, line := range clientLines {
		for _, series := range []bool{false, true} {
			plain, with := cal(single+"ann;PARTSTAT=ACCEPTED|bob"), cal(single+"ann;PARTSTAT=ACCEPTED|bob|"+line)
			if series {
				plain, with = cal(weekly+"ann|bob", over09+"ann|bob|LOCATION:x"), cal(weekly+"ann|bob|"+line, over09+"ann|bob|LOCATION:x|"+line)
			}
			for i, change := range [...][2]string{{plain, with}, {with, plain}} {
				organizer, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(t, change[0]), object1(t, change[1]))
				if err != nil || len(organizer.Messages) > 0 || string(organizer.Object) != change[1] {
					t.Errorf("organizer: %s: %v, %s\n%s", line, err, summary(organizer.Messages), organizer.Object)
				}
				if i == 1 && strings.HasPrefix(line, "CLASS") { // what is not public does not become it by being left out
					continue
				}
				attendee, err := Attendee(Context{Now: noon, Owner: person("ann")}, object1(t, change[0]), object1(t, change[1]))
				if err != nil || len(attendee.Messages) > 0 || string(attendee.Object) != change[1] {
					t.Errorf("attendee: %s: %v, %s\n%s", line, err, summary(attendee.Messages), attendee.Object)
				}
			}
			if strings.HasPrefix(line, "LAST-MODIFIED") { // says when the copy was changed last
				continue
			}
			update := object1(t, replace(plain, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b"))
			m := Message{Method: Request, Object: update, From: person("org"), To: person("ann")}
			r, err := Receive(Context{Now: noon, Owner: person("ann")}, object1(t, with), m)
			if err != nil || r.Outcome != Applied {
				t.Fatalf("%s: %v %v", line, r.Outcome, err)
			}
			checkText(t, r.Object, "SUMMARY:b|"+line, "")
		}
	}
}

// TestAttendeeLeavesOut takes from an attendee's copy what clients do not know or write in another way. The answer goes out, and what
// is the organizer's is there again.
func TestAttendeeLeavesOut(t *testing.T) {
	const event = "CLASS:CONFIDENTIAL|ATTACH;FMTTYPE=text/plain:https://example.com/a|ATTACH:https://example.com/b|URL;VALUE=URI:https://example.com|GEO:52.5;13.4|" +
		"X-ALT-DESC;FMTTYPE=text/html:<b>x</b>|CONFERENCE;VALUE=URI:https://example.com/c|PRIORITY:5|DESCRIPTION:one\\n two \\n|bob;CN=Bob|BEGIN:VLOCATION|UID:l|NAME:x|END:VLOCATION"
	before := cal(single + "ann|" + event)
	for _, test := range []struct{ name, after, has, hasNot string }{
		{"unknown properties", "DESCRIPTION:one\\n two \\n|bob;CN=Bob", "FMTTYPE=text/plain:https://example.com/a|ATTACH:https://example.com/b|URL|GEO|CONFERENCE|PRIORITY:5|X-ALT-DESC;FMTTYPE=text/html:<b>x</b>|CLASS:CONFIDENTIAL", ""},
		{"parameters", replace(event, ";FMTTYPE=text/plain", "", ";VALUE=URI", ""), "ATTACH;FMTTYPE=text/plain", ""},
		{"other properties", replace(event, "https://example.com/b", "https://example.com/z", "PRIORITY:5", "PRIORITY:1"), "https://example.com/b|PRIORITY:5", "/z|PRIORITY:1"},
		{"spaces", replace(event, "one\\n two \\n", "one\\ntwo"), "DESCRIPTION:one\\n two \\n", ""},
		{"other things", event + "|CONTACT:x", "bob", "CONTACT"},
	} {
		plan, err := Attendee(Context{Now: noon, Owner: person("ann")}, object1(t, before), object1(t, cal(single+"ann;PARTSTAT=ACCEPTED|"+test.after)))
		if err != nil || summary(plan.Messages) != "REPLY org series/0" {
			t.Errorf("%s: %v %s", test.name, err, summary(plan.Messages))
		}
		checkText(t, plan.Object, "PARTSTAT=ACCEPTED|"+test.has, test.hasNot)
		again, err := Attendee(Context{Now: noon, Owner: person("ann")}, object1(t, string(plan.Object)), object1(t, string(plan.Object)))
		if err != nil || string(again.Object) != string(plan.Object) {
			t.Errorf("%s, once more: %v\n%s", test.name, err, again.Object)
		}
	}
}

// TestSplitSeries changes a series from its third instance on as clients do: one object ends before it, another one begins with it.
func TestSplitSeries(t *testing.T) {
	organizer := Context{Now: noon, Owner: person("org")}
	before := cal(weekly+"ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z|bob", over16+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z|bob")
	first, err := Organizer(organizer, object1(t, before), object1(t, cal(replace(weekly, "COUNT=4", "UNTIL=20260309T090000Z")+"ann;PARTSTAT=ACCEPTED|bob")))
	if err != nil || summary(first.Messages) != "REQUEST ann series/1, REQUEST bob series/1" {
		t.Fatalf("%v %s", err, summary(first.Messages))
	}
	checkText(t, first.Object, "UNTIL=20260309T090000Z|PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z", "RECURRENCE-ID")
	copied := cal(weekly + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z|bob|BEGIN:VALARM|TRIGGER:-PT7M|END:VALARM")
	r, err := Receive(Context{Now: noon, Owner: person("ann")}, object1(t, copied), first.Messages[0])
	if err != nil || r.Outcome != Applied || r.Quiet {
		t.Fatalf("%v %v", r.Outcome, err)
	}
	checkText(t, r.Object, "UNTIL|PARTSTAT=ACCEPTED|-PT7M", "COUNT")

	second := replace(cal(replace(weekly, "20260302", "20260316", "COUNT=4", "COUNT=2", "T09", "T10", "T10", "T11")+"ann;PARTSTAT=ACCEPTED|bob"), "UID:1", "UID:2")
	plan, err := Organizer(organizer, nil, object1(t, second))
	if err != nil || summary(plan.Messages) != "REQUEST ann series/0, REQUEST bob series/0" {
		t.Fatalf("%v %s", err, summary(plan.Messages))
	}
	checkText(t, plan.Object, "PARTSTAT=NEEDS-ACTION", "ACCEPTED")
}

// TestReplySays holds what an attendee says with an answer against what reaches the organizer.
func TestReplySays(t *testing.T) {
	ann, organizer := Context{Now: noon, Owner: person("ann")}, Context{Now: noon, Owner: person("org")}
	stored := cal(single + "ann|bob")
	plan, err := Attendee(ann, object1(t, stored), object1(t, cal(single+"ann;PARTSTAT=DECLINED|bob|COMMENT:I am away\\, sorry")))
	if err != nil || len(plan.Messages) != 1 {
		t.Fatalf("%v, %d messages", err, len(plan.Messages))
	}
	checkText(t, plan.Messages[0].Bytes(), "COMMENT:I am away\\, sorry|REQUEST-STATUS:2.0;Success|PARTSTAT=DECLINED", "mailto:bob")
	raw := strings.Replace(string(plan.Messages[0].Bytes()), "2.0;Success", "2.8;Success\\, somewhat", 1)
	m, err := ParseMessage([]byte(raw), ical.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m.From, m.To = person("ann"), person("org")
	r, err := Receive(organizer, object1(t, stored), m)
	if err != nil || r.Outcome != Applied || summary(r.Messages) != "REQUEST bob quiet series/0" {
		t.Fatalf("%v %v %s", r.Outcome, err, summary(r.Messages))
	}
	checkText(t, r.Object, "PARTSTAT=DECLINED|SCHEDULE-STATUS=2.8", "COMMENT")
	checkText(t, r.Messages[0].Bytes(), "PARTSTAT=DECLINED", "COMMENT|2.8")
}

// TestFirstAnswerToOutsider answers an invitation that an attendee's client has put into its calendar itself.
func TestFirstAnswerToOutsider(t *testing.T) {
	ctx := Context{Now: noon, Owner: person("ann"), People: People{}}
	ctx.People.Add(person("ann"), "/dav/principals/user/ann/")
	for _, own := range []string{"ann;PARTSTAT=ACCEPTED", "ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=ann@example.com:/dav/principals/user/ann/"} {
		plan, err := Attendee(ctx, nil, object1(t, cal(replace(single, "org", "ORGANIZER:mailto:eve@outside.test")+own)))
		if err != nil || len(plan.Messages) != 1 || plan.Messages[0].To != "mailto:eve@outside.test" {
			t.Fatalf("%v %v", err, plan.Messages)
		}
		checkText(t, plan.Messages[0].Bytes(), "METHOD:REPLY|PARTSTAT=ACCEPTED", "")
	}
}

// TestNobodyElse changes an event of forty guests by one answer, one guest and one alarm.
func TestNobodyElse(t *testing.T) {
	organizer := Context{Now: noon, Owner: person("org")}
	before := crowd(40, "a")
	one := strings.Replace(before, "END:VEVENT", "ATTENDEE:mailto:new@example.com\r\nEND:VEVENT", 1)
	plan, err := Organizer(organizer, object1(t, before), object1(t, one))
	loud := slices.DeleteFunc(slices.Clone(plan.Messages), func(m Message) bool { return m.Quiet })
	if err != nil || len(plan.Messages) != 41 || summary(loud) != "REQUEST new series/0" {
		t.Errorf("one guest more: %v %s", err, summary(loud))
	}
	plan, err = Organizer(organizer, object1(t, before), object1(t, strings.Replace(before, "END:VEVENT", "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT", 1)))
	if err != nil || len(plan.Messages) > 0 || len(plan.Decisions) != 40 || plan.Decisions[0].Rule != RuleUnchanged {
		t.Errorf("an alarm: %v %s", err, summary(plan.Messages))
	}
	accepted := Message{Method: Reply, From: "mailto:p0@example.com", To: person("org"), Object: object1(t, cal(replace(over09, "20260101T", "20260102T")+"ATTENDEE;PARTSTAT=ACCEPTED:mailto:p0@example.com"))}
	r, err := Receive(organizer, object1(t, before), accepted)
	if err != nil || r.Outcome != Applied || len(r.Messages) != 39 || slices.ContainsFunc(r.Messages, func(m Message) bool { return !m.Quiet }) {
		t.Errorf("an answer to one instance: %v, %d messages", err, len(r.Messages))
	}
}
