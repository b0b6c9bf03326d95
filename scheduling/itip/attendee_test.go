package itip

import (
	"errors"
	"testing"

	"convene/ical"
)

// attendeeChanges are made by Ann in her copy.
var attendeeChanges = []struct {
	name          string
	before, after string
	silent        bool
	err           error
	want          string // messages
	reply         string // what they say, or parts of it, separated by "|"
	has, hasNot   string // the stored copy
}{
	{name: "accepted", before: cal(single + "ann|bob|SEQUENCE:3"), after: cal(single + "ann;PARTSTAT=ACCEPTED|bob|SEQUENCE:3"), want: "REPLY org series/3",
		reply: "PARTSTAT=ACCEPTED:mailto:ann|DTSTAMP:20260201T120000Z|REQUEST-STATUS:2.0|DTSTART:20260302T090000Z", has: "PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=3-20260201T120000Z|DTSTAMP:20260101T000000Z"},
	{name: "unchanged", before: cal(single + "ann"), after: cal(single + "ann")},
	{name: "what is the attendee's own", before: cal(single + "ann"),
		after: cal(single + "ann|TRANSP:TRANSPARENT|CATEGORIES:x|COLOR:red|X-MOZ-LASTACK:1|CREATED:20260101T000000Z|LAST-MODIFIED:20260101T000000Z|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM")},
	{name: "by an alias", before: cal(single + "ATTENDEE:mailto:ann.alias@example.org"), after: cal(single + "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann.alias@example.org"), want: "REPLY org series/0",
		reply: "PARTSTAT=TENTATIVE:mailto:ann.alias@example.org"},
	{name: "on a second line of the same person", before: cal(single + "ann|ATTENDEE:mailto:ann.alias@example.org"), after: cal(single + "ann|ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann.alias@example.org"),
		want: "REPLY org series/0", reply: "PARTSTAT=ACCEPTED:mailto:ann.alias@example.org", has: "PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260201T120000Z:mailto:ann@|PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260201T120000Z:mailto:ann.alias@"},
	{name: "on the first of two lines of the same person", before: cal(single + "ann;PARTSTAT=ACCEPTED|ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann.alias@example.org"),
		after: cal(single + "ann;PARTSTAT=DECLINED|ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann.alias@example.org"), want: "REPLY org series/0", reply: "PARTSTAT=DECLINED:mailto:ann@", has: "PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260201T120000Z:mailto:ann.alias@", hasNot: "ACCEPTED"},
	{name: "on a line that the client has added", before: cal(single + "ann"), after: cal(single + "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann.alias@example.org|ann"), want: "REPLY org series/0", reply: "PARTSTAT=ACCEPTED:mailto:ann@example.com"},
	{name: "created answered by an alias", after: cal(single + "ann|ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann.alias@example.org"), want: "REPLY org series/0", reply: "PARTSTAT=ACCEPTED:mailto:ann.alias@example.org"},
	{name: "with a comment", before: cal(single + "ann"), after: cal(single + "ann;PARTSTAT=DECLINED|COMMENT:sorry"), want: "REPLY org series/0", reply: "COMMENT:sorry"},
	{name: "a comment later", before: cal(single + "ann;PARTSTAT=DECLINED"), after: cal(single + "ann;PARTSTAT=DECLINED|COMMENT:sorry"), want: "REPLY org series/0", reply: "COMMENT:sorry|DECLINED"},
	{name: "asked to send", before: cal(replace(single, "org", "org") + "ann;PARTSTAT=ACCEPTED"), after: cal(replace(single, "org", "org;SCHEDULE-FORCE-SEND=REPLY") + "ann;PARTSTAT=ACCEPTED"),
		want: "REPLY org series/0", hasNot: "FORCE"},
	{name: "the client answers", before: cal(replace(single, "org", "org;SCHEDULE-AGENT=CLIENT") + "ann"), after: cal(replace(single, "org", "org;SCHEDULE-AGENT=CLIENT") + "ann;PARTSTAT=ACCEPTED")},
	{name: "one instance", before: cal(weekly + "ann"), after: cal(weekly+"ann", over09+"ann;PARTSTAT=DECLINED"), want: "REPLY org 09/0", reply: "RECURRENCE-ID:20260309T090000Z|DECLINED"},
	{name: "one instance by EXDATE, RFC 6638 appendix B.8", before: cal(weekly + "ann"), after: cal(weekly + "ann|EXDATE:20260309T090000Z"), want: "REPLY org 09/0",
		reply: "RECURRENCE-ID:20260309T090000Z|DTSTART:20260309T090000Z|PARTSTAT=DECLINED", has: "X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260201T120000Z:20260309T090000Z"},
	{name: "a declined instance put away", before: cal(weekly+"ann", over09+"ann;PARTSTAT=DECLINED"), after: cal(weekly + "ann|EXDATE:20260309T090000Z")},
	{name: "a cancelled instance put away", before: cal(weekly+"ann", over09+"ann|STATUS:CANCELLED"), after: cal(weekly + "ann|EXDATE:20260309T090000Z")},
	{name: "an excluded instance wanted back", before: cal(weekly + "ann;PARTSTAT=ACCEPTED|EXDATE:20260309T090000Z|X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z:20260309T090000Z"),
		after: cal(weekly + "ann;PARTSTAT=ACCEPTED"), want: "REPLY org 09/0, REFRESH org series/0", reply: "PARTSTAT=ACCEPTED", has: "RECURRENCE-ID", hasNot: "DECLINED"},
	{name: "the series, and with it what was answered to instances", before: cal(weekly+"ann", over09+"ann;PARTSTAT=DECLINED"), after: cal(weekly+"ann;PARTSTAT=ACCEPTED", over09+"ann;PARTSTAT=DECLINED"),
		want: "REPLY org series/0 09/0", reply: "ACCEPTED|DECLINED"},
	{name: "its own override given up", before: cal(weekly+"ann;PARTSTAT=ACCEPTED", over09+"ann;PARTSTAT=DECLINED"), after: cal(weekly + "ann;PARTSTAT=ACCEPTED"), want: "REPLY org 09/0", reply: "ACCEPTED",
		has: "RECURRENCE-ID"},
	{name: "created already answered", after: cal(single + "ann;PARTSTAT=ACCEPTED|bob;PARTSTAT=TENTATIVE"), want: "REPLY org series/0", reply: "ACCEPTED", has: "bob"},
	{name: "created and not answered", after: cal(single + "ann|bob")},
	{name: "one of two instances without a series left out", before: cal(over09+"ann;PARTSTAT=ACCEPTED|bob", over16+"ann|bob"), after: cal(over16 + "ann|bob"), want: "REPLY org 09/0", reply: "RECURRENCE-ID:20260309T090000Z|PARTSTAT=DECLINED",
		has: "PRODID:test|X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260201T120000Z:20260309T090000Z|RECURRENCE-ID:20260316T090000Z", hasNot: "RECURRENCE-ID:20260309T090000Z"},
	{name: "a declined instance without a series left out", before: cal(over09+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z", over16+"ann"), after: cal(over16 + "ann"), want: "",
		has: "X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z:20260309T090000Z", hasNot: "RECURRENCE-ID:20260309"},
	{name: "a cancelled instance without a series left out", before: cal(over09+"ann|STATUS:CANCELLED", over16+"ann"), after: cal(over16 + "ann"), want: "", has: "STATUS:CANCELLED"},
	{name: "deleted", before: cal(weekly+"ann;PARTSTAT=ACCEPTED", over09+"ann;PARTSTAT=DECLINED"), want: "REPLY org series/0", reply: "PARTSTAT=DECLINED"},
	{name: "deleted without an answer, Schedule-Reply: F", before: cal(weekly + "ann;PARTSTAT=ACCEPTED"), silent: true},
	{name: "deleted after it was declined", before: cal(single + "ann;PARTSTAT=DECLINED")},
	{name: "deleted after it was cancelled", before: cal(single + "ann;PARTSTAT=ACCEPTED|STATUS:CANCELLED")},
	{name: "delegated", before: cal(single + "ann;ROLE=CHAIR|bob"), after: cal(single + `ann;ROLE=CHAIR;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|bob`),
		want: "REPLY org series/0, REQUEST dan series/0", reply: `DELEGATED-TO="mailto:dan@example.com"|DELEGATED-FROM="mailto:ann@example.com":mailto:dan`,
		has: `ATTENDEE;ROLE=CHAIR;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;DELEGATED-FROM="mailto:ann@example.com":mailto:dan@example.com`},
	{name: "delegated, the client adds the delegate", before: cal(single + "ann"), after: cal(single + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|dan;DELEGATED-FROM="mailto:ann@example.com"`),
		want: "REPLY org series/0, REQUEST dan series/0"},
	{name: "delegated, of a later SEQUENCE: what the delegate answered before is void", before: cal(single + "ann|SEQUENCE:2"), after: cal(single + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|SEQUENCE:2`),
		want: "REPLY org series/2, REQUEST dan series/2", has: `X-CONVENE-ANSWER=2:mailto:dan@example.com`},
	{name: "an instance of a lower SEQUENCE than the answer that it has from the series", before: cal(weekly+"ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=4-20260102T000000Z|SEQUENCE:4", over09+"ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=4-20260102T000000Z-S|SEQUENCE:2"),
		after: cal(weekly+"ann;PARTSTAT=ACCEPTED|SEQUENCE:4", over09+"ann;PARTSTAT=DECLINED|SEQUENCE:2"), want: "REPLY org 09/4", has: "PARTSTAT=DECLINED;X-CONVENE-ANSWER=4-20260201T120000Z"},
	{name: "put back: others, SEQUENCE, DTSTAMP, SCHEDULE-STATUS", before: cal(single + "ann|bob;PARTSTAT=ACCEPTED|cyd|SEQUENCE:2"),
		after: cal(replace(single, "20260101T000000Z", "20260131T000000Z", "org", "org;SCHEDULE-STATUS=9.9") + "ann;ROLE=CHAIR|bob;PARTSTAT=NEEDS-ACTION|dan|SEQUENCE:5"),
		has:   "bob@|PARTSTAT=ACCEPTED:mailto:bob|cyd@|SEQUENCE:2|DTSTAMP:20260101T000000Z", hasNot: "CHAIR|dan@|9.9"},
	{name: "the time", before: cal(single + "ann"), after: cal(replace(single, "T09", "T08") + "ann"), err: ErrAttendeeChange},
	{name: "the summary", before: cal(single + "ann"), after: cal(replace(single, "SUMMARY:a", "SUMMARY:b") + "ann"), err: ErrAttendeeChange},
	{name: "the rule", before: cal(weekly + "ann"), after: cal(replace(weekly, "COUNT=4", "COUNT=5") + "ann"), err: ErrAttendeeChange},
	{name: "a moved instance", before: cal(weekly + "ann"), after: cal(weekly+"ann", replace(over09, "DTSTART:20260309T09", "DTSTART:20260309T08")+"ann;PARTSTAT=ACCEPTED"), err: ErrAttendeeChange},
	{name: "an instance that is not there", before: cal(weekly + "ann"), after: cal(weekly+"ann", replace(over09, "0309", "0310")+"ann;PARTSTAT=ACCEPTED"), err: ErrAttendeeChange},
	{name: "an override of the organizer left out", before: cal(weekly+"ann", over09+"ann|LOCATION:x"), after: cal(weekly + "ann"), err: ErrAttendeeChange},
	{name: "what the organizer has excluded", before: cal(weekly + "ann|EXDATE:20260309T090000Z"), after: cal(weekly + "ann"), err: ErrAttendeeChange},
	{name: "another organizer", before: cal(single + "ann"), after: cal(replace(single, "org", "ORGANIZER:mailto:dan@example.com") + "ann"), err: ErrAttendeeChange},
	{name: "no organizer", before: cal(single + "ann"), after: cal(replace(single, "org|", "") + "ann"), err: ErrAttendeeChange},
}

func TestAttendee(t *testing.T) {
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	for _, test := range attendeeChanges {
		t.Run(test.name, func(t *testing.T) {
			ctx := Context{Now: noon, Owner: person("ann"), People: people, Silent: test.silent}
			plan, err := Attendee(ctx, object1(t, test.before), object1(t, test.after))
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			if got := summary(plan.Messages); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkText(t, plan.Object, test.has, test.hasNot)
			if test.want == "" && test.has == "" && test.hasNot == "" && test.after != "" && test.before != "" {
				checkUnanswered(t, plan, test.after)
			}
			for i, m := range plan.Messages {
				if i == 0 {
					checkText(t, m.Bytes(), "METHOD:REPLY|"+test.reply, "X-|SCHEDULE-|VALARM|bob@")
				}
				if _, err := ParseMessage(m.Bytes(), ical.Limits{}); err != nil {
					t.Errorf("%v in\n%s", err, m.Bytes())
				}
			}
			if again, err := Attendee(ctx, object1(t, string(plan.Object)), object1(t, string(plan.Object))); plan.Object != nil && (err != nil || len(again.Messages) > 0) {
				t.Errorf("written again: %v, %s", err, summary(again.Messages))
			}
		})
	}
}

// checkUnanswered holds a change that is nobody else's business to be stored as it was written.
func checkUnanswered(t *testing.T, plan Plan, after string) {
	t.Helper()
	if string(plan.Object) != after && len(declined(read(object1(t, string(plan.Object))))) == 0 {
		t.Errorf("the copy is not as it was written:\n%s", plan.Object)
	}
}
