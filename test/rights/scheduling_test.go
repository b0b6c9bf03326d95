package rights

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"convene/store"
	"convene/test/rights/oracle"
)

// meeting is something that somebody does to a meeting in ann's calendar: one that ann invites zoe to, or that zoe invites ann to.
type meeting struct {
	name     string
	stored   string // who organizes what is there already; "": nothing is there
	method   string
	body     func(uid string) string
	headers  map[string]string
	steps    []step
	sends    string // what oracle calls the message that zoe is to get; "": none
	shows    string // what zoe's copy says when she has got it
	reported string // what ann's then says: the property with the SCHEDULE-STATUS
	status   int
}

// In the rows for the Outbox the table has what a message needs of who changes the meeting, whoever owns the calendar.
const (
	asOrganizer = "PUT/PATCH/DELETE (by organizer on calendar resource/collection)"
	asAttendee  = "PUT/PATCH/DELETE (by attendee on calendar resource/collection)"
)

// outbox is that of the home which the target lies in.
const outbox where = 100

var meetings = []meeting{
	{name: "invite", method: "PUT", body: body("ann", "NEEDS-ACTION", ""), steps: []step{on(target, "PUT"), on(outbox, asOrganizer)},
		sends: oracle.DeliverInvite, shows: "SUMMARY:Meeting", reported: "ATTENDEE", status: 201},
	{name: "invite without telling", method: "PUT", body: body("ann", "NEEDS-ACTION", ""), headers: map[string]string{"Scheduling-Enabled": "F"},
		steps: []step{on(target, "PUT")}, status: 201},
	{name: "invite by POST", method: "POST", body: body("ann", "NEEDS-ACTION", ""), steps: []step{on(target, "POST"), on(outbox, asOrganizer)},
		sends: oracle.DeliverInvite, shows: "SUMMARY:Meeting", reported: "ATTENDEE", status: 201},
	{name: "reschedule", stored: "ann", method: "PUT", body: later(body("ann", "NEEDS-ACTION", "")), steps: []step{on(target, "PUT"), on(outbox, asOrganizer)},
		sends: oracle.DeliverInvite, shows: "DTSTART:20261203", reported: "ATTENDEE", status: 204},
	{name: "note something", stored: "ann", method: "PUT", body: body("ann", "NEEDS-ACTION", "X-NOTE:buy milk"), steps: []step{on(target, "PUT")}, status: 204},
	{name: "cancel", stored: "ann", method: "DELETE", steps: []step{on(target, "DELETE (resource)"), on(outbox, asOrganizer)},
		sends: oracle.DeliverInvite, shows: "STATUS:CANCELLED", status: 204},
	{name: "file", stored: "ann", method: "MOVE", headers: map[string]string{"Destination": "other"}, steps: moving, status: 201},

	{name: "accept", stored: "zoe", method: "PUT", body: body("zoe", "ACCEPTED", ""), steps: []step{on(target, "PUT"), on(outbox, asAttendee)},
		sends: oracle.DeliverReply, shows: "PARTSTAT=ACCEPTED", reported: "ORGANIZER", status: 204},
	{name: "set an alarm", stored: "zoe", method: "PUT", body: body("zoe", "NEEDS-ACTION", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM"),
		steps: []step{on(target, "PUT")}, status: 204},
	{name: "decline", stored: "zoe", method: "DELETE", steps: []step{on(target, "DELETE (resource)"), on(outbox, asAttendee)},
		sends: oracle.DeliverReply, shows: "PARTSTAT=DECLINED", status: 204},
	{name: "throw away", stored: "zoe", method: "DELETE", headers: map[string]string{"Schedule-Reply": "F"}, steps: []step{on(target, "DELETE (resource)")}, status: 204},
	{name: "file an invitation", stored: "zoe", method: "MOVE", headers: map[string]string{"Destination": "other"}, steps: moving, status: 201},
}

// body is a meeting of ann and zoe, one of whom organizes it, with the other's answer.
func body(organizer, answer, more string) func(uid string) string {
	other := map[string]string{"ann": "zoe", "zoe": "ann"}[organizer]
	return func(uid string) string {
		lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//test//EN", "BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20261101T000000Z",
			"DTSTART:20261201T100000Z", "DURATION:PT1H", "SUMMARY:Meeting", "ORGANIZER:mailto:" + organizer + "@example.com",
			"ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + organizer + "@example.com", "ATTENDEE;PARTSTAT=" + answer + ":mailto:" + other + "@example.com"}
		if more != "" {
			lines = append(lines, more)
		}
		return strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
	}
}

func later(of func(string) string) func(string) string {
	return func(uid string) string { return strings.Replace(of(uid), "DTSTART:20261201", "DTSTART:20261203", 1) }
}

var (
	meetingCalendar = find("ann", "calendar")
	meetingOther    = find("ann", "other")
	annOutbox       = find("ann", "Outbox")
	zoeInbox        = slot{"zoe", "Inbox", oracle.Inbox}
)

// try is one case: one meeting, one person.
type try struct {
	w   *world
	of  *meeting
	who oracle.Person
	uid string
}

// Who changes a meeting needs right 8 or 7 on the Outbox of the calendar's owner if somebody is to be told, and that owner needs it on the
// Inbox of whoever is told (RFC 6638 section 6).
func TestMeetings(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(*seed, 4))
	tries, told, refused := 0, 0, 0
	for round := range *random / 5 {
		lists := map[slot][]oracle.Entry{}
		for _, s := range []slot{meetingCalendar, meetingOther, annOutbox, zoeInbox} {
			lists[s] = randomList(r)
			if r.IntN(2) == 0 { // so that much is allowed
				lists[s] = append(lists[s], oracle.Entry{Who: "anyone", Rights: oracle.Letters})
			}
		}
		w.grant(lists)
		for i := range meetings {
			for _, p := range people {
				c := &try{w, &meetings[i], p, fmt.Sprintf("%d-%d-%s", round, i, p.Name)}
				sent, denied := c.run()
				tries, told, refused = tries+1, told+sent, refused+denied
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d changes, %d messages delivered, %d refused for want of a right to send", tries, told, refused)
	if told < tries/20 || refused < tries/50 {
		t.Errorf("too few messages: the lists are not what they should be")
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has errors:\n%.4000s", log)
	}
}

// run makes the change, and compares what comes of it with what the tables say.
func (c *try) run() (told, refused int) {
	c.prepare()
	before := c.data("zoe")
	want := relations.Decide(c.who, c.steps(), c.of.status)
	rec := c.w.do(c.who.Name, c.of.method, c.path(), c.text(), c.headers())
	op := &operation{method: c.of.method}
	if d := (&call{w: c.w, op: op, slot: meetingCalendar, who: c.who}).compare(rec, want); d != "" {
		c.w.t.Errorf("%s: %s\n%s", c, d, rec.Body)
	}
	delivered := c.of.sends != "" && want.Status < 300 && c.delivers()
	after := c.data("zoe")
	switch {
	case delivered != (after != before):
		c.w.t.Errorf("%s: delivered %v, want %v\n%s", c, after != before, delivered, after)
	case delivered && !strings.Contains(after, c.of.shows):
		c.w.t.Errorf("%s: zoe has\n%s", c, after)
	}
	if c.of.reported != "" && want.Status < 300 {
		c.reports(delivered)
	}
	if delivered {
		told = 1
	}
	if strings.Contains(want.Privilege, "schedule-send") {
		refused = 1
	}
	return told, refused
}

// delivers says whether ann, in whose calendar the meeting is, may send zoe such a message.
func (c *try) delivers() bool {
	letter := map[string]string{oracle.DeliverInvite: "8", oracle.DeliverReply: "7"}[c.of.sends]
	return relations.Has(c.w.lists[zoeInbox], "zoe", oracle.Person{Name: "ann"}, letter)
}

// reports: the status of the delivery is in ann's copy (RFC 6638 section 3.2.9).
func (c *try) reports(delivered bool) {
	status := "3.8"
	if delivered {
		status = "1.2"
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(c.data("ann"), "\r\n ", ""), "\r\n") {
		if strings.HasPrefix(line, c.of.reported) && strings.HasSuffix(line, ":mailto:zoe@example.com") && !strings.Contains(line, "SCHEDULE-STATUS="+status) {
			c.w.t.Errorf("%s: %s, want %s", c, line, status)
		}
	}
}

// prepare puts the meeting into both calendars, if it is there already.
func (c *try) prepare() {
	if c.of.stored == "" {
		return
	}
	data := []byte(body(c.of.stored, "NEEDS-ACTION", "")(c.uid))
	c.w.in(func(ctx context.Context, tx *store.Tx) error {
		for _, s := range []slot{meetingCalendar, zoesCal} {
			in := store.NewObject{Name: c.uid + ".ics", UID: c.uid, Component: "VEVENT", ETag: store.ETagOf(data), ScheduleTag: store.ETagOf(data), Data: data}
			if _, err := tx.Put(ctx, c.w.collection(tx, s), in); err != nil {
				return err
			}
		}
		return nil
	})
}

// data is the copy that somebody has, "" if there is none.
func (c *try) data(who string) string {
	home, err := c.w.db.Home(c.w.t.Context(), c.w.ids[who])
	c.w.must(err)
	for _, coll := range home.Collections {
		if coll.Kind != store.KindCalendar {
			continue
		}
		o, err := c.w.db.ObjectByUID(c.w.t.Context(), coll, c.uid)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		c.w.must(err)
		return string(o.Data)
	}
	return ""
}

func (c *try) steps() (steps []oracle.Step) {
	for _, s := range c.of.steps {
		at := meetingCalendar
		href := c.path()
		switch s.where {
		case outbox:
			at, href = annOutbox, annOutbox.href()
		case dest:
			at, href = meetingOther, meetingOther.href()+c.uid+".ics"
		}
		place := oracle.Place{Href: href, Kind: at.kind, Owner: at.owner, List: c.w.lists[at]}
		steps = append(steps, oracle.Step{Place: place, Methods: s.methods, Implied: s.where == outbox})
	}
	return steps
}

func (c *try) path() string {
	if c.of.method == "POST" {
		return meetingCalendar.href()
	}
	return meetingCalendar.href() + c.uid + ".ics"
}

func (c *try) text() string {
	if c.of.body == nil {
		return ""
	}
	return c.of.body(c.uid)
}

func (c *try) headers() map[string]string {
	if c.of.headers["Destination"] != "" {
		return map[string]string{"Destination": meetingOther.href() + c.uid + ".ics"}
	}
	return c.of.headers
}

func (c *try) String() string {
	return fmt.Sprintf("%s: %q, calendar %s; Outbox %s; Inbox of zoe %s", c.of.name, c.who.Name, oracle.Print(c.w.lists[meetingCalendar]),
		oracle.Print(c.w.lists[annOutbox]), oracle.Print(c.w.lists[zoeInbox]))
}
