package private

import "strings"

// objects are the events of a calendar. Each secret begins with stem; full ones have all of them. Names, UIDs, times, class and status are
// no secrets.
func objects(stem string, full bool) map[string]string {
	files := map[string]string{"public.ics": calendar("", vevent("public", "PUBLIC", "SUMMARY:For all"))}
	for _, class := range []string{"PRIVATE", "CONFIDENTIAL", "X-" + strings.ToUpper(stem) + "CLASS"} {
		name := strings.ToLower(class)
		if strings.HasPrefix(class, "X-") {
			name = "unknown"
		}
		files[name+".ics"] = calendar(zone(stem), vevent(name, class, secrets(stem, full)...), override(name, class, secrets(stem, full)...))
	}
	// Of one with an override that is private all is.
	files["override.ics"] = calendar(zone(stem), vevent("override", "PUBLIC", secrets(stem, full)...), override("override", "PRIVATE", secrets(stem, full)...))
	files["task.ics"] = calendar("", component("VTODO", append([]string{"UID:task", "DTSTAMP:20260101T000000Z", "CLASS:PRIVATE", "DTSTART:20261203T100000Z",
		"DUE:20261203T110000Z"}, secrets(stem, full)...)...))
	files["journal.ics"] = calendar("", component("VJOURNAL", append([]string{"UID:journal", "DTSTAMP:20260101T000000Z", "CLASS:CONFIDENTIAL", "DTSTART:20261203T100000Z"},
		journalSecrets(stem, full)...)...))
	return files
}

func calendar(zone string, components ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\n" + zone + strings.Join(components, "") + "END:VCALENDAR\r\n"
}

func component(name string, lines ...string) string {
	return "BEGIN:" + name + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:" + name + "\r\n"
}

func vevent(uid, class string, lines ...string) string {
	start := "DTSTART:20261201T100000Z"
	if len(lines) > 1 { // in a zone with a secret name
		start = "DTSTART;TZID=" + zoneOf(lines) + ":20261201T100000"
	}
	return component("VEVENT", append([]string{"UID:" + uid, "DTSTAMP:20260101T000000Z", "CLASS:" + class, start, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5",
		"STATUS:CONFIRMED"}, lines...)...)
}

func override(uid, class string, lines ...string) string {
	tz := zoneOf(lines)
	return component("VEVENT", append([]string{"UID:" + uid, "DTSTAMP:20260101T000000Z", "CLASS:" + class, "RECURRENCE-ID;TZID=" + tz + ":20261202T100000",
		"DTSTART;TZID=" + tz + ":20261202T140000", "DURATION:PT2H"}, lines...)...)
}

// zoneOf is the zone that goes with some secrets.
func zoneOf(lines []string) string {
	for stem := range map[string]bool{"xyzzy": true, "plugh": true} {
		if strings.Contains(lines[0], stem) {
			return stem + "zone"
		}
	}
	return ""
}

// zone is a time zone with secrets in every place that is text.
func zone(stem string) string {
	return component("VTIMEZONE", "TZID:"+stem+"zone", "COMMENT:"+stem+"zonecomment", "X-LIC-LOCATION:"+stem+"location", "TZURL:http://"+stem+".example/",
		"BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "TZNAME:"+stem+"name", "COMMENT:"+stem+"standard", "END:STANDARD")
}

// secrets are the properties that are hidden, with parameters that are too.
func secrets(stem string, full bool) []string {
	lines := []string{"SUMMARY;X-P=" + stem + "param:" + stem + "summary"}
	if !full {
		return append(lines, "DESCRIPTION:"+stem+"description")
	}
	return append(lines,
		"LOCATION:"+stem+"location "+strings.Repeat("far away ", 20)+stem+"folded",
		"ORGANIZER;CN="+stem+"organizer:mailto:"+stem+"organizer@example.com",
		"ATTENDEE;CN="+stem+"attendee;PARTSTAT=ACCEPTED:mailto:"+stem+"attendee@example.com",
		"ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", // any other answer would show, as it should, in when ann is busy
		"COMMENT:"+stem+"comment", "CATEGORIES:"+stem+"category", "RESOURCES:"+stem+"resource", "CONTACT:"+stem+"contact",
		"ATTACH;X-FILENAME="+stem+"file:http://"+stem+".example/attachment", "URL:http://"+stem+".example/", "RELATED-TO:"+stem+"related",
		"GEO:48.1;11.5", "PRIORITY:1", "SEQUENCE:7", "CREATED:20250101T000000Z", "LAST-MODIFIED:20250202T000000Z",
		"X-"+strings.ToUpper(stem)+"PROP;X-"+strings.ToUpper(stem)+"PARAM=1:"+stem+"x",
		"REQUEST-STATUS:2.0;"+stem+"status", "CONFERENCE;VALUE=URI;LABEL="+stem+"label:https://"+stem+".example/", "COLOR:"+stem,
		"BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT15M", "SUMMARY:"+stem+"alarm", "DESCRIPTION:"+stem+"alarmtext", "ATTENDEE:mailto:"+stem+"alarm@example.com",
		"X-ALARM:"+stem, "END:VALARM")
}

func journalSecrets(stem string, full bool) []string {
	lines := []string{"SUMMARY:" + stem + "journal", "DESCRIPTION:" + stem + "entry"}
	if full {
		lines = append(lines, "CATEGORIES:"+stem+"category", "COMMENT:"+stem+"comment")
	}
	return lines
}
