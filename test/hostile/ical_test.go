package hostile

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// The preconditions of a PUT (RFC 4791 section 5.3.2.1).
var (
	validData   = harness.CalDAV("valid-calendar-data")
	validObject = harness.CalDAV("valid-calendar-object-resource")
	maxSize     = harness.CalDAV("max-resource-size")
	maxAttendee = harness.CalDAV("max-attendees-per-instance")
	maxInstance = harness.CalDAV("max-instances")
	mediaType   = harness.CalDAV("supported-calendar-data")
	component   = harness.CalDAV("supported-calendar-component")
)

// event is a VEVENT of these content lines.
func event(lines ...string) string {
	return harness.Calendar("BEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT")
}

// good are the lines that an event needs; without removes one of them.
var good = []string{"UID:attack@example.com", "DTSTAMP:20270101T000000Z", "DTSTART:20270301T090000Z", "DTEND:20270301T100000Z"}

func without(property string) []string {
	var rest []string
	for _, line := range good {
		if !strings.HasPrefix(line, property+":") {
			rest = append(rest, line)
		}
	}
	return rest
}

func with(lines ...string) string { return event(append(good[:len(good):len(good)], lines...)...) }

// TestBrokenCalendars: what is no iCalendar breaks valid-calendar-data; what is, but no calendar object resource by section 4.1,
// breaks valid-calendar-object-resource. Where a rule stands in both RFC 5545 and section 4.1, either element is right.
func TestBrokenCalendars(t *testing.T) {
	either := one(validData, validObject)
	cases := []struct {
		name, body string
		conditions []xml.Name
	}{
		{"text", "hello, this is no calendar", one(validData)},
		{"HTML", "<html><body>BEGIN:VCALENDAR</body></html>", one(validData)},
		{"binary", "\x00\x01\x02\x03\xff\xfe", one(validData)},
		{"vCard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:X\r\nEND:VCARD\r\n", one(validData)},
		{"only BEGIN", "BEGIN:VCALENDAR\r\n", one(validData)},
		{"cut in the middle", event(good...)[:150], one(validData)},
		{"END missing", strings.Replace(event(good...), "END:VCALENDAR\r\n", "", 1), one(validData)},
		{"END of something else", strings.Replace(event(good...), "END:VEVENT", "END:VTODO", 1), one(validData)},
		{"END twice", event(good...) + "END:VCALENDAR\r\n", either},
		{"two calendars", event(good...) + event(good...), either},
		{"line without a colon", with("NONSENSE"), one(validData)},
		{"line without a name", with(":value"), one(validData)},
		{"name of odd characters", with("X!Y Z:value"), one(validData)},
		{"NUL in a value", with("SUMMARY:a\x00b"), one(validData)},
		{"control character in a value", with("SUMMARY:a\x01b"), one(validData)},
		{"invalid UTF-8", with("SUMMARY:\xff\xfe\xfd"), one(validData)},
		{"Latin-1", with("SUMMARY:caf\xe9"), one(validData)},
		{"empty VCALENDAR", harness.Calendar(), either},
		{"only a time zone", harness.Calendar("BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE"), either},
		{"METHOD", strings.Replace(event(good...), "VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST", 1), one(validObject)},
		{"no UID", event(without("UID")...), either},
		{"empty UID", event(append(without("UID"), "UID:")...), either},
		{"UID twice", with("UID:other@example.com"), either},
		{"two UIDs", harness.Calendar("BEGIN:VEVENT\n"+strings.Join(good, "\n")+"\nEND:VEVENT", "BEGIN:VEVENT\nUID:other\nDTSTAMP:20270101T000000Z\nDTSTART:20270301T090000Z\nEND:VEVENT"), one(validObject)},
		{"event and task", harness.Calendar("BEGIN:VEVENT\n"+strings.Join(good, "\n")+"\nEND:VEVENT", "BEGIN:VTODO\nUID:attack@example.com\nDTSTAMP:20270101T000000Z\nRECURRENCE-ID:20270302T090000Z\nEND:VTODO"), one(validObject)},
		{"two masters", harness.Calendar("BEGIN:VEVENT\n"+strings.Join(good, "\n")+"\nEND:VEVENT", "BEGIN:VEVENT\n"+strings.Join(good, "\n")+"\nEND:VEVENT"), either},
		{"no DTSTART", event("UID:attack@example.com", "DTSTAMP:20270101T000000Z", "SUMMARY:when?"), either},
		{"DTSTART of nonsense", event(append(without("DTSTART"), "DTSTART:yesterday")...), one(validData)},
		{"DTSTART on the 31st of February", event(append(without("DTSTART"), "DTSTART:20270231T090000Z")...), one(validData)},
		{"DTSTART at 25 o'clock", event(append(without("DTSTART"), "DTSTART:20270301T250000Z")...), one(validData)},
		{"DTSTART twice", with("DTSTART:20280301T090000Z"), either},
		{"DTEND of nonsense", event(append(without("DTEND"), "DTEND:later")...), one(validData)},
		{"DURATION of nonsense", event(append(without("DTEND"), "DURATION:long")...), one(validData)},
		{"RRULE of nonsense", with("RRULE:FREQ=SOMETIMES"), one(validData)},
		{"RRULE without FREQ", with("RRULE:COUNT=3"), one(validData)},
		{"RRULE with INTERVAL=0", with("RRULE:FREQ=DAILY;INTERVAL=0"), one(validData)},
		{"RRULE with INTERVAL=-1", with("RRULE:FREQ=DAILY;INTERVAL=-1"), one(validData)},
		{"RRULE with BYMONTH=13", with("RRULE:FREQ=YEARLY;BYMONTH=13"), one(validData)},
		{"RRULE with RSCALE", with("RRULE:RSCALE=CHINESE;FREQ=YEARLY"), one(validData, harness.CalDAV("supported-rscale"))},
		{"EXDATE of nonsense", with("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:never"), one(validData)},
		{"RDATE of nonsense", with("RDATE;VALUE=PERIOD:20270301T090000Z/yesterday"), one(validData)},
		{"RECURRENCE-ID of nonsense", with("RECURRENCE-ID:once"), one(validData)},
		{"components 100 deep", harness.Calendar("BEGIN:VEVENT\n" + strings.Join(good, "\n") + "\n" + strings.Repeat("BEGIN:X-A\n", 100) + strings.Repeat("END:X-A\n", 100) + "END:VEVENT"), nil},
		{"components 100,000 deep", harness.Calendar(strings.Repeat("BEGIN:VEVENT\n", 100_000) + strings.Repeat("END:VEVENT\n", 100_000)), nil},
		{"100,000 BEGIN lines", harness.Calendar(strings.Repeat("BEGIN:VEVENT\n", 100_000)), nil},
		{"100,000 events", harness.Calendar(strings.Repeat("BEGIN:VEVENT\n"+strings.Join(good, "\n")+"\nEND:VEVENT\n", 50_000)), nil},
		{"100,000 attendees", with(repeat("ATTENDEE:mailto:a%d@example.com", 100_000)...), one(maxAttendee, maxSize)},
		{"100,000 EXDATEs", with(append(repeat("EXDATE:2027%02[1]d01T000000Z", 100_000), "RRULE:FREQ=DAILY")...), nil},
		{"100,000 EXDATEs in a line", with("RRULE:FREQ=DAILY", "EXDATE:20270302T090000Z"+strings.Repeat(",20270302T090000Z", 100_000)), nil},
		{"100,000 RDATEs", with("RDATE:" + strings.Join(repeat("20270302T09%02[2]d%02[3]dZ", 100_000), ",")), nil},
		{"100,000 alarms", with(strings.Repeat("BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:x\nEND:VALARM\n", 100_000)), nil},
		{"200,000 properties", with(repeat("X-P%d:v", 200_000)...), nil},
		{"one line of 9 MB", with("DESCRIPTION:" + strings.Repeat("a", 9<<20)), nil},
		{"10 MB", with("DESCRIPTION:"+strings.Repeat("a\\n", 10<<20/3), "COMMENT:x"), one(maxSize)},
		{"10 MB of folded lines", with("DESCRIPTION:x" + strings.Repeat("\n a", 10<<20/4)), one(maxSize)},
		{"10 MB of nonsense", strings.Repeat("nonsense\n", 10<<20/9+1), one(maxSize, validData)},
		{"10 MB of line breaks", strings.Repeat("\r\n", 5<<20+1), one(maxSize, validData)},
	}
	c := srv.NewUser(t)
	var all []attack
	for _, k := range cases {
		conditions := k.conditions
		if conditions == nil { // a limit that has no element of its own: any of these tells what is wrong
			conditions = one(validData, validObject, maxSize, maxInstance)
		}
		a := attack{method: "PUT", body: k.body, conditions: conditions, headers: []string{"Content-Type", "text/calendar; charset=utf-8"}}
		a.name, a.path = "new "+k.name, c.Default()+"attack.ics"
		all = append(all, a)
		if len(k.body) < 1<<20 {
			a.name, a.path, a.body = "over another: "+k.name, c.Default()+"treasure.ics", strings.ReplaceAll(k.body, "UID:attack@example.com", "UID:treasure.ics")
			all = append(all, a)
		}
	}
	run(t, c, all)
}

// repeat formats n numbers, or n minutes and seconds.
func repeat(format string, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		switch {
		case strings.Contains(format, "[2]"):
			lines[i] = fmt.Sprintf(format, 0, i/60%60, i%60)
		case strings.Contains(format, "[1]"):
			lines[i] = fmt.Sprintf(format, i%12+1)
		default:
			lines[i] = fmt.Sprintf(format, i)
		}
	}
	return lines
}

// TestWrongTypes: bodies of other media types, and components that a calendar does not take.
func TestWrongTypes(t *testing.T) {
	c := srv.NewUser(t)
	tasks := c.Home() + "tasks/"
	c.Want(t, http.StatusCreated, "MKCALENDAR", tasks, `<C:mkcalendar `+harness.XMLNS+`><D:set><D:prop><C:supported-calendar-component-set>`+
		`<C:comp name="VTODO"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`)
	put := func(name, path, body, contentType string, conditions ...xml.Name) attack {
		return attack{name: name, method: "PUT", path: path, body: body, headers: []string{"Content-Type", contentType}, conditions: conditions}
	}
	run(t, c, []attack{
		put("plain text", c.Default()+"a.ics", event(good...), "text/plain", mediaType),
		put("XML", c.Default()+"a.ics", event(good...), "application/xml", mediaType),
		put("a form", c.Default()+"a.ics", "a=b", "application/x-www-form-urlencoded", mediaType),
		put("nothing", c.Default()+"a.ics", "", "text/calendar", validData),
		put("event among tasks", tasks+"a.ics", event(good...), "text/calendar", component),
		put("over a calendar", c.Default(), event(good...), "text/calendar"),
		put("over a home", c.Home(), event(good...), "text/calendar"),
		put("into a home", c.Home()+"a.ics", event(good...), "text/calendar"),
		put("into nothing", c.Home()+"none/a.ics", event(good...), "text/calendar"),
		put("below an object", c.Default()+"treasure.ics/a.ics", event(good...), "text/calendar"),
	})
}
