package itip

import (
	"errors"
	"strings"
	"testing"

	"convene/ical"
)

// received are messages to Ann, or, those of attendees, to the organizer.
var received = []struct {
	name        string
	stored      string
	method      Method
	from        string // "": org for messages to Ann, ann for those to the organizer
	message     string
	want        Outcome
	err         error
	has, hasNot string // the copy
	sent        string // messages
	crashers    int
	quiet       bool
}{
	{name: "new", method: Request, message: cal(single + "ann|bob|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM"), want: Created, has: "bob|UID:1", hasNot: "VALARM|METHOD"},
	{name: "the same again", stored: cal(single + "ann|bob"), method: Request, message: cal(single + "ann|bob"), want: Unchanged},
	{name: "higher SEQUENCE", stored: cal(single + "ann|SEQUENCE:1"), method: Request, message: cal(replace(single, "SUMMARY:a", "SUMMARY:b") + "ann|SEQUENCE:2"), want: Applied, has: "SUMMARY:b"},
	{name: "lower SEQUENCE, later DTSTAMP", stored: cal(single + "ann|SEQUENCE:2"), method: Request, message: cal(replace(single, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b") + "ann|SEQUENCE:1"), want: Stale},
	{name: "the same SEQUENCE, later DTSTAMP, as Google sends them", stored: cal(single + "ann|SEQUENCE:1"), method: Request, message: cal(replace(single, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b") + "ann|SEQUENCE:1"), want: Applied, has: "SUMMARY:b"},
	{name: "the same SEQUENCE, earlier DTSTAMP", stored: cal(replace(single, "20260101T", "20260102T") + "ann"), method: Request, message: cal(single + "ann"), want: Stale},
	{name: "answers of others alone are quiet", stored: cal(single + "ann|bob"), method: Request, message: cal(replace(single, "20260101T", "20260102T") + "ann|bob;PARTSTAT=ACCEPTED"), want: Applied, quiet: true, has: "PARTSTAT=ACCEPTED:mailto:bob"},
	{name: "own things survive", stored: cal(single + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260101T010000Z|CATEGORIES:mine|COLOR:red|TRANSP:TRANSPARENT|X-MOZ-LASTACK:1|COMMENT:sorry|BEGIN:VALARM|TRIGGER:-PT7M|END:VALARM"),
		method: Request, message: cal(replace(single, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b") + "ann|CATEGORIES:theirs|TRANSP:OPAQUE|X-THEIRS:1|BEGIN:VALARM|TRIGGER:-PT9M|END:VALARM"), want: Applied,
		has: "SUMMARY:b|CATEGORIES:mine|COLOR:red|TRANSP:TRANSPARENT|X-MOZ-LASTACK:1|COMMENT:sorry|TRIGGER:-PT7M|PARTSTAT=ACCEPTED", hasNot: "theirs|THEIRS|PT9M|OPAQUE"},
	{name: "rescheduled: the answer is void", stored: cal(single + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260101T010000Z"), method: Request,
		message: cal(replace(single, "T09", "T08") + "ann;PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=1|SEQUENCE:1"), want: Applied, has: "NEEDS-ACTION", hasNot: "ACCEPTED"},
	{name: "rescheduled by a server that does not say which answer it knows", stored: cal(single + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260101T010000Z"), method: Request,
		message: cal(replace(single, "T09", "T08") + "ann;PARTSTAT=NEEDS-ACTION|SEQUENCE:1"), want: Applied, has: "NEEDS-ACTION", hasNot: "ACCEPTED"},
	{name: "an instance that somebody else has answered is quiet", stored: cal(weekly + "ann|bob"), method: Request,
		message: cal(replace(weekly, "20260101T", "20260102T")+"ann|bob", replace(over09, "20260101T", "20260102T")+"ann|bob;PARTSTAT=DECLINED"), want: Applied, quiet: true, has: "DECLINED"},
	{name: "an override alone never replaces the series", stored: cal(weekly + "ann"), method: Request, message: cal(replace(over09, "20260101T", "20260102T") + "ann|LOCATION:x"), want: Applied,
		has: "RRULE|RECURRENCE-ID:20260309T090000Z|LOCATION:x"},
	{name: "an override alone, of nothing known", method: Request, message: cal(over09 + "ann"), want: Created, has: "RECURRENCE-ID"},
	{name: "an override alone gets the alarms of the series", stored: cal(weekly + "ann|BEGIN:VALARM|TRIGGER:-PT7M|END:VALARM"), method: Request, message: cal(replace(over09, "20260101T", "20260102T") + "ann|LOCATION:x"), want: Applied,
		has: "LOCATION:x\r\nBEGIN:VALARM\r\nTRIGGER:-PT7M\r\nEND:VALARM\r\nEND:VEVENT"},
	{name: "the series after an override", stored: cal(over09 + "ann|LOCATION:x"), method: Request, message: cal(replace(weekly, "20260101T", "20260102T") + "ann"), want: Applied, has: "RRULE"},
	{name: "the series without an override: it is gone", stored: cal(weekly+"ann", over09+"ann|LOCATION:x"), method: Request, message: cal(replace(weekly, "20260101T", "20260102T") + "ann"), want: Applied, hasNot: "LOCATION"},
	{name: "the series without the override that holds an answer on its way", stored: cal(weekly+"ann", over09+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z"), method: Request,
		message: cal(replace(weekly, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b") + "ann"), want: Applied, has: "RECURRENCE-ID|DECLINED", hasNot: "SUMMARY:a"},
	{name: "the series keeps excluded what its owner has excluded", stored: cal(weekly + "ann|EXDATE:20260309T090000Z|X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z:20260309T090000Z"), method: Request,
		message: cal(replace(weekly, "20260101T", "20260104T")+"ann", replace(over09, "20260101T", "20260104T")+"ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z"), want: Applied, quiet: true,
		has: "EXDATE:20260309T090000Z|X-CONVENE-DECLINED", hasNot: "RECURRENCE-ID"},
	{name: "an excluded instance that is moved is there again", stored: cal(weekly + "ann|EXDATE:20260309T090000Z|X-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z:20260309T090000Z"), method: Request,
		message: cal(replace(weekly, "20260101T", "20260104T")+"ann", replace(over09, "20260101T", "20260104T", "DTSTART:20260309T09", "DTSTART:20260309T08")+"ann;PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=1|SEQUENCE:1"), want: Applied,
		has: "RECURRENCE-ID", hasNot: "EXDATE|DECLINED"},
	{name: "an instance that is not one of the series known: all of it is asked for, RFC 5546 section 4.7.2", stored: cal(weekly + "ann"), method: Request, message: cal(replace(over09, "20260101T", "20260102T", "0309", "0310") + "ann"), want: Applied,
		has: "RRULE|RECURRENCE-ID:20260310T090000Z", sent: "REFRESH org series/0"},
	{name: "what is excluded from a copy without a series stays so", stored: replace(cal(over16+"ann"), "PRODID:test", "PRODID:test\r\nX-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z:20260309T090000Z"), method: Request,
		message: cal(replace(over09, "20260101T", "20260102T")+"ann", replace(over16, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b")+"ann"), want: Applied, has: "X-CONVENE-DECLINED|SUMMARY:b", hasNot: "RECURRENCE-ID:20260309"},
	{name: "what is excluded from a copy without a series is excluded from the series", stored: replace(cal(over16+"ann"), "PRODID:test", "PRODID:test\r\nX-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z:20260309T090000Z"), method: Request,
		message: cal(replace(weekly, "20260101T", "20260102T") + "ann"), want: Applied, has: "PRODID:test\r\nBEGIN:VEVENT|EXDATE:20260309T090000Z\r\nX-CONVENE-DECLINED", hasNot: "RECURRENCE-ID:20260309"},
	{name: "somebody else's meeting with the UID of an event of one's own", stored: cal(replace(single, "org|", "") + "DESCRIPTION:secret"), method: Request, message: cal(replace(single, "20260101T", "20260102T") + "ann"), err: ErrNewOrganizer},
	{name: "a cancellation with the UID of an event of one's own", stored: cal(replace(single, "org|", "") + "DESCRIPTION:secret"), method: Cancel, message: cal(replace(single, "20260101T", "20260102T") + "ann|SEQUENCE:1"), err: ErrNewOrganizer},
	{name: "what is excluded from a copy without a series stays so, though a series is cancelled", stored: replace(cal(single+"ann|STATUS:CANCELLED", over16+"ann"), "PRODID:test", "PRODID:test\r\nX-CONVENE-DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z:20260309T090000Z"), method: Request,
		message: cal(replace(over09, "20260101T", "20260102T")+"ann", replace(over16, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b")+"ann"), want: Applied, has: "X-CONVENE-DECLINED|SUMMARY:b", hasNot: "RECURRENCE-ID:20260309"},
	{name: "another organizer", stored: cal(single + "ann"), method: Request, from: "dan", message: cal(replace(single, "org", "ORGANIZER:mailto:dan@example.com") + "ann"), err: ErrNewOrganizer},
	{name: "somebody else in the organizer's name", method: Request, from: "dan", message: cal(single + "ann"), err: ErrSender},
	{name: "on behalf of the organizer", method: Request, from: "dan", message: cal(replace(single, "org", `org;SENT-BY="mailto:dan@example.com"`) + "ann"), want: Created},
	{name: "of who delegates", method: Request, from: "dan", message: cal(single + `ann;DELEGATED-FROM="mailto:dan@example.com"|dan`), want: Created},

	{name: "cancelled", stored: cal(single + "ann"), method: Cancel, message: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "STATUS:CANCELLED|SEQUENCE:1"},
	{name: "cancelled with the same SEQUENCE and a later DTSTAMP, as Google does", stored: cal(single + "ann|SEQUENCE:1"), method: Cancel, message: cal(replace(single, "20260101T", "20260102T") + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "STATUS:CANCELLED|SEQUENCE:1"},
	{name: "cancelled with the same SEQUENCE and DTSTAMP", stored: cal(single + "ann|SEQUENCE:1"), method: Cancel, message: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "STATUS:CANCELLED|SEQUENCE:1"},
	{name: "cancelled with the same SEQUENCE, but before what is known", stored: cal(replace(single, "20260101T", "20260103T") + "ann|SEQUENCE:1"), method: Cancel, message: cal(replace(single, "20260101T", "20260102T") + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Stale},
	{name: "an instance cancelled with the same SEQUENCE and a later DTSTAMP", stored: cal(weekly + "ann|SEQUENCE:1"), method: Cancel, message: cal(replace(over09, "20260101T", "20260102T") + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "RRULE|RECURRENCE-ID|STATUS:CANCELLED"},
	{name: "cancelled again", stored: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), method: Cancel, message: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Unchanged},
	{name: "cancelled in an older message", stored: cal(single + "ann|SEQUENCE:2"), method: Cancel, message: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Stale},
	{name: "an older request after the cancellation", stored: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), method: Request, message: cal(single + "ann"), want: Stale},
	{name: "invited again after the cancellation", stored: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), method: Request, message: cal(single + "ann|SEQUENCE:2"), want: Applied, hasNot: "CANCELLED"},
	{name: "an instance cancelled", stored: cal(weekly + "ann"), method: Cancel, message: cal(over09 + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "RRULE|RECURRENCE-ID|STATUS:CANCELLED"},
	{name: "an override cancelled", stored: cal(weekly+"ann", over09+"ann|LOCATION:x"), method: Cancel, message: cal(over09 + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied, has: "LOCATION:x|STATUS:CANCELLED"},
	{name: "cancelled, of nothing known", method: Cancel, message: cal(single + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Unknown, has: "STATUS:CANCELLED"},

	{name: "this and all that follow cancelled", stored: cal(weekly+"ann|RDATE:20260331T090000Z", over16+"ann"), method: Cancel, message: cal(replace(over09, "RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE") + "ann|SEQUENCE:1|STATUS:CANCELLED"), want: Applied,
		has: "RRULE:FREQ=WEEKLY;UNTIL=20260309T085959Z|EXDATE:20260331T090000Z|STATUS:CANCELLED", hasNot: "COUNT"},
	{name: "one more instance", stored: cal(weekly + "ann|BEGIN:VALARM|TRIGGER:-PT7M|END:VALARM"), method: Add, message: cal(replace(single, "20260302", "20260320") + "ann|SEQUENCE:1"), want: Applied,
		has: "RDATE:20260320T090000Z|RECURRENCE-ID:20260320T090000Z"},
	{name: "one more instance, again", stored: cal(weekly+"ann|RDATE:20260320T090000Z", replace(over09, "20260309", "20260320")+"ann|SEQUENCE:1"), method: Add, message: cal(replace(single, "20260302", "20260320") + "ann|SEQUENCE:1"), want: Unchanged},
	{name: "one more instance of nothing known", method: Add, message: cal(single + "ann|SEQUENCE:1"), want: Unknown, sent: "REFRESH org series/0"},
	{name: "a counter proposal declined", stored: cal(single + "ann"), method: DeclineCounter, message: cal(single + "ann"), want: Noted},

	{name: "accepted", stored: cal(single + "ann|bob"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Applied, quiet: true,
		has: "ATTENDEE;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z;SCHEDULE-STATUS=2.0:mailto:ann", sent: "REQUEST bob quiet series/0"},
	{name: "accepted with codes", stored: cal(single + "ann"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED|REQUEST-STATUS:2.0;Success|REQUEST-STATUS:2.4;x"), want: Applied, quiet: true,
		has: `SCHEDULE-STATUS="2.0,2.4"`},
	{name: "accepted by an alias, without ORGANIZER, as Exchange replies", stored: cal(single + "ann"), method: Reply, message: cal(replace(single, "20260101T", "20260102T", "org|", "") + "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Ann.Alias@Example.org"), want: Applied, quiet: true,
		has: "PARTSTAT=ACCEPTED"},
	{name: "of somebody who is there twice", stored: cal(single + "ann|ATTENDEE:mailto:ann.alias@example.org"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Applied, quiet: true,
		has: "ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z;SCHEDULE-STATUS=2.0:mailto:ann@|ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z;SCHEDULE-STATUS=2.0:mailto:ann.alias@"},
	{name: "an answer older than the one held", stored: cal(single + "ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260103T000000Z"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Stale},
	{name: "an answer to what was rescheduled since", stored: cal(single + "ann;X-CONVENE-ANSWER=2|SEQUENCE:2"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED|SEQUENCE:1"), want: Stale},
	{name: "an answer to what has changed but was not rescheduled since", stored: cal(single + "ann|SEQUENCE:2"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED|SEQUENCE:1"), want: Applied, quiet: true, has: "ACCEPTED"},
	{name: "the same answer twice", stored: cal(single + "ann;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=0-20260102T000000Z"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Unchanged},
	{name: "an instance declined", stored: cal(weekly + "ann|bob"), method: Reply, message: cal(replace(over09, "20260101T", "20260102T") + "ann;PARTSTAT=DECLINED"), want: Applied, quiet: true,
		has: "RECURRENCE-ID:20260309T090000Z|DECLINED", sent: "REQUEST bob quiet series/0 09/0"},
	{name: "an instance that is not there", stored: cal(weekly + "ann|EXDATE:20260309T090000Z"), method: Reply, message: cal(replace(over09, "20260101T", "20260102T") + "ann;PARTSTAT=DECLINED"), want: Stale},
	{name: "a party crasher", stored: cal(single + "ann"), method: Reply, from: "cyd", message: cal(replace(single, "20260101T", "20260102T") + "cyd;PARTSTAT=ACCEPTED"), want: Refused, crashers: 1},
	{name: "delegated", stored: cal(single + "ann|bob"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"`), want: Applied, quiet: true,
		has: `DELEGATED-TO="mailto:dan@example.com"|DELEGATED-FROM="mailto:ann@example.com":mailto:dan@example.com`, sent: "REQUEST ann quiet series/0, REQUEST bob quiet series/0, REQUEST dan quiet series/0"},
	{name: "of a delegate, before the delegator's", stored: cal(single + "ann"), method: Reply, from: "dan", message: cal(replace(single, "20260101T", "20260102T") + `dan;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:ann@example.com"`), want: Applied, quiet: true,
		has: "dan@example.com", sent: "REQUEST ann quiet series/0, REQUEST dan quiet series/0"},
	{name: "of a delegate who declines: the delegator is told", stored: cal(single + `ann;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.com"|bob|dan;DELEGATED-FROM="mailto:ann@example.com"`), method: Reply, from: "dan",
		message: cal(replace(single, "20260101T", "20260102T") + `dan;PARTSTAT=DECLINED;DELEGATED-FROM="mailto:ann@example.com"`), want: Applied, quiet: true, has: "DECLINED", sent: "REQUEST ann series/0, REQUEST bob quiet series/0"},
	{name: "in the name of another guest", stored: cal(single + "ann|bob"), method: Reply, from: "bob", message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=DECLINED"), err: ErrSender},
	{name: "in the name of another guest, by EMAIL", stored: cal(single + "ann|bob"), method: Reply, from: "bob", message: cal(replace(single, "20260101T", "20260102T") + "ann;EMAIL=bob@example.com;PARTSTAT=DECLINED"), err: ErrSender},
	{name: "of a guest whose address is a URN", stored: cal(single + "bob|ATTENDEE;EMAIL=ann@example.com:urn:uuid:1"), method: Reply, from: "urn:uuid:1", message: cal(replace(single, "20260101T", "20260102T") + "ATTENDEE;EMAIL=ann@example.com;PARTSTAT=DECLINED:urn:uuid:1"), want: Applied, quiet: true,
		has: "DECLINED", sent: "REQUEST bob quiet series/0"},
	{name: "of a guest whose address is a URN, by mail", stored: cal(single + "bob|ATTENDEE;EMAIL=dan@example.com:urn:uuid:1"), method: Reply, from: "dan", message: cal(replace(single, "20260101T", "20260102T") + "ATTENDEE;EMAIL=dan@example.com;PARTSTAT=DECLINED:urn:uuid:1"), want: Applied, quiet: true,
		has: "DECLINED", sent: "REQUEST bob quiet series/0"},
	{name: "on behalf of a guest", stored: cal(single + "ann|bob"), method: Reply, from: "dan", message: cal(replace(single, "20260101T", "20260102T") + `ann;SENT-BY="mailto:dan@example.com";PARTSTAT=DECLINED`), want: Applied, quiet: true,
		has: `DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z;SCHEDULE-STATUS=2.0;SENT-BY="mailto:dan@example.com":mailto:ann@`, sent: "REQUEST bob quiet series/0"},
	{name: "a proposal in the name of another guest", stored: cal(single + "ann|bob"), method: Counter, from: "bob", message: cal(replace(single, "T09", "T08") + "ann"), err: ErrSender},
	{name: "an attendee whom the client tells", stored: cal(single + "ann;SCHEDULE-AGENT=CLIENT"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Unchanged},
	{name: "an answer to an instance, without ORGANIZER", stored: cal(weekly + "ann|bob"), method: Reply, message: cal(replace(over09, "20260101T", "20260102T", "org|", "") + "ann;PARTSTAT=TENTATIVE"), want: Applied, quiet: true,
		has: "RECURRENCE-ID:20260309T090000Z|TENTATIVE", sent: "REQUEST bob quiet series/0 09/0"},
	{name: "another answer of the same DTSTAMP", stored: cal(single + "ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=0-20260102T000000Z"), method: Reply, message: cal(replace(single, "20260101T", "20260102T") + "ann;PARTSTAT=ACCEPTED"), want: Applied, quiet: true, has: "ACCEPTED"},
	{name: "without DTSTAMP", stored: cal(single + "ann"), method: Reply, message: cal(replace(single, "DTSTAMP:20260101T000000Z|", "") + "ann;PARTSTAT=ACCEPTED"), want: Applied, quiet: true, has: "ACCEPTED"},
	{name: "without DTSTAMP, of what was rescheduled since", stored: cal(single + "ann;X-CONVENE-ANSWER=2|SEQUENCE:2"), method: Reply, message: cal(replace(single, "DTSTAMP:20260101T000000Z|", "") + "ann;PARTSTAT=ACCEPTED|SEQUENCE:1"), want: Stale},
	{name: "an answer to an earlier SEQUENCE after a later one", stored: cal(single + "ann;PARTSTAT=DECLINED;X-CONVENE-ANSWER=1-20260102T000000Z|SEQUENCE:1"), method: Reply, message: cal(replace(single, "20260101T", "20260103T") + "ann;PARTSTAT=ACCEPTED"), want: Stale},
	{name: "an answer to nothing known", method: Reply, message: cal(single + "ann;PARTSTAT=ACCEPTED"), want: Unknown},
	{name: "a counter proposal", stored: cal(single + "ann"), method: Counter, message: cal(replace(single, "T09", "T08") + "ann"), want: Proposed},
	{name: "an old counter proposal", stored: cal(single + "ann|SEQUENCE:1"), method: Counter, message: cal(replace(single, "T09", "T08") + "ann"), want: Stale},
	{name: "a counter proposal of a stranger", stored: cal(single + "ann"), method: Counter, from: "dan", message: cal(single + "dan"), want: Refused, crashers: 1},
	{name: "asked for all there is", stored: cal(weekly+"ann|bob|X-A:1", over09+"bob"), method: Refresh, message: cal(single + "ann"), want: Sent, sent: "REQUEST ann series/0"},
	{name: "asked by a stranger", stored: cal(single + "ann"), method: Refresh, from: "dan", message: cal(single + "dan"), want: Refused, crashers: 1},
}

func TestReceive(t *testing.T) {
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	for _, test := range received {
		t.Run(string(test.method)+" "+test.name, func(t *testing.T) {
			owner, from := person("ann"), person("org")
			switch test.method {
			case Reply, Counter, Refresh:
				owner, from = person("org"), person("ann")
			}
			if strings.Contains(test.from, ":") {
				from = Address(test.from)
			} else if test.from != "" {
				from = person(test.from)
			}
			ctx := Context{Now: noon, Owner: owner, People: people}
			raw := strings.Replace(test.message, "VERSION:2.0", "VERSION:2.0\r\nMETHOD:"+strings.ToLower(string(test.method)), 1)
			m, err := ParseMessage([]byte(raw), ical.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			m.From, m.To = from, owner
			r, err := Receive(ctx, object1(t, test.stored), m)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if r.Outcome != test.want || r.Quiet != test.quiet || len(r.Crashers) != test.crashers {
				t.Errorf("got %s (quiet %v, crashers %v), want %s\n%s", r.Outcome, r.Quiet, r.Crashers, test.want, r.Object)
			}
			if got := summary(r.Messages); got != test.sent {
				t.Errorf("got  %s\nwant %s", got, test.sent)
			}
			checkText(t, r.Object, test.has, test.hasNot)
			if r.Object == nil {
				return
			}
			again, err := Receive(ctx, object1(t, string(r.Object)), m)
			if err != nil || again.Object != nil {
				t.Errorf("a second time: %s %v\n%s", again.Outcome, err, again.Object)
			}
		})
	}
}

// TestReceiveSame holds what Same says against what two recipients get.
func TestReceiveSame(t *testing.T) {
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	event := cal(weekly+"ann;PARTSTAT=accepted|bob;PARTSTAT=NEEDS-ACTION;X-CONVENE-ANSWER=00-20260101T000000Z-S|X-A:1", over09+"bob|ann")
	for _, test := range []struct {
		name   string
		method Method
		from   string
		stored string
		same   bool
	}{
		{"invited", Request, "org", "", true},
		{"cancelled before it was known", Cancel, "org", "", true},
		{"there is a copy", Request, "org", cal(single + "ann|bob"), false},
		{"of who delegates", Request, "dan", "", false},
	} {
		message := event
		if test.from == "dan" {
			message = cal(single + `ann;DELEGATED-FROM="mailto:dan@example.com"|bob;DELEGATED-FROM="mailto:dan@example.com"|dan`)
		}
		m := Message{Method: test.method, Object: object1(t, message), From: person(test.from)}
		var results []Result
		for _, to := range []string{"ann", "bob"} {
			m.To = person(to)
			r, err := Receive(Context{Now: noon, Owner: m.To, People: people}, object1(t, test.stored), m)
			if err != nil || r.Same != test.same {
				t.Errorf("%s, %s: same %v, %v", test.name, to, r.Same, err)
			}
			results = append(results, r)
		}
		if test.same && (string(results[0].Object) != string(results[1].Object) || results[0].Outcome != results[1].Outcome) {
			t.Errorf("%s:\n%s\n%s", test.name, results[0].Object, results[1].Object)
		}
	}
}
