package ical

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// lines joins content lines with CRLF, the last one included.
func lines(s ...string) []byte { return []byte(strings.Join(s, "\r\n") + "\r\n") }

// event wraps properties into a VEVENT in a VCALENDAR.
func event(props ...string) []byte {
	head := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT"}
	return lines(append(append(head, props...), "END:VEVENT", "END:VCALENDAR")...)
}

func TestParseTree(t *testing.T) {
	raw := lines(
		"BEGIN:VCALENDAR", "VERSION:2.0",
		"BEGIN:VEVENT", "UID:1",
		"BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM",
		"SUMMARY:between alarms",
		"BEGIN:VALARM", "ACTION:AUDIO", "END:VALARM",
		"LOCATION:last", "END:VEVENT",
		"X-LATE:1", "END:VCALENDAR")
	root, err := Parse(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := `VCALENDAR(VERSION=2.0 X-LATE=1 VEVENT(UID=1 SUMMARY=between alarms LOCATION=last VALARM(ACTION=DISPLAY) VALARM(ACTION=AUDIO)))`
	if got := sketch(root); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	vevent := root.Children[0]
	if got := string(raw[vevent.Start:vevent.End]); !strings.HasPrefix(got, "BEGIN:VEVENT\r\n") || !strings.HasSuffix(got, "END:VEVENT\r\n") {
		t.Errorf("VEVENT is at %q", got)
	}
	p := vevent.Prop("LOCATION")
	if got := string(raw[p.Start:p.End]); got != "LOCATION:last\r\n" || p.Line != 12 {
		t.Errorf("LOCATION is %q in line %d", got, p.Line)
	}
}

// sketch renders a component for comparison.
func sketch(c *Component) string {
	var parts []string
	for _, p := range c.Props {
		parts = append(parts, p.Name+"="+p.Value)
	}
	for _, child := range c.Children {
		parts = append(parts, sketch(child))
	}
	return fmt.Sprintf("%s(%s)", c.Name, strings.Join(parts, " "))
}

func TestParseLines(t *testing.T) {
	param := func(name string, values ...string) Param { return Param{name, values} }
	for _, test := range []struct {
		name, line string
		want       Property
	}{
		{"plain", "SUMMARY:Tea: at five; really", Property{Name: "SUMMARY", Value: "Tea: at five; really"}},
		{"lower case", "summary;Language=de:x", Property{Name: "SUMMARY", Params: []Param{param("LANGUAGE", "de")}, Value: "x"}},
		{"empty value", "DESCRIPTION:", Property{Name: "DESCRIPTION"}},
		{"several values", `ATTENDEE;MEMBER="mailto:a@b","mailto:c@d":mailto:e@f`,
			Property{Name: "ATTENDEE", Params: []Param{param("MEMBER", "mailto:a@b", "mailto:c@d")}, Value: "mailto:e@f"}},
		{"RFC 6868", `ATTENDEE;CN=^'Babe^' ^^ Ruth^n^x:mailto:e@f`,
			Property{Name: "ATTENDEE", Params: []Param{param("CN", "\"Babe\" ^ Ruth\n^x")}, Value: "mailto:e@f"}},
		{"fold", "SUM\r\n MARY:a\r\n  b\r\n\tc", Property{Name: "SUMMARY", Value: "a bc"}},
		{"bare LF fold", "SUMMARY:a\n b", Property{Name: "SUMMARY", Value: "ab"}},
		{"fold inside a character", "SUMMARY:\xc3\r\n \xa9", Property{Name: "SUMMARY", Value: "é"}},
		{"blank lines inside a fold", "SUMMARY:a\r\n\r\n\r\n b", Property{Name: "SUMMARY", Value: "ab"}},
		{"CR CR LF", "SUMMARY:a\r\r\n b\r", Property{Name: "SUMMARY", Value: "ab"}},
		{"tab", "SUMMARY:a\tb", Property{Name: "SUMMARY", Value: "a\tb"}},
		{"quote inside a value", `ATTENDEE;CN="John "Jack" Doe":mailto:e@f`,
			Property{Name: "ATTENDEE", Params: []Param{param("CN", "John Jack Doe")}, Value: "mailto:e@f"}},
		{"text after a quote", `ATTENDEE;CN="a"b:mailto:e@f`, Property{Name: "ATTENDEE", Params: []Param{param("CN", "ab")}, Value: "mailto:e@f"}},
		{"quote that is never closed", `LOCATION;X-SIZE=6" pipe:cellar`,
			Property{Name: "LOCATION", Params: []Param{param("X-SIZE", `6" pipe`)}, Value: "cellar"}},
		{"unquoted mailto", `ATTENDEE;SENT-BY=mailto:a@b;CN=x:MAILTO:e@f`,
			Property{Name: "ATTENDEE", Params: []Param{param("SENT-BY", "mailto:a@b"), param("CN", "x")}, Value: "MAILTO:e@f"}},
		{"unquoted URI", `DTSTART;TZID=tzone://Microsoft/Utc:20240101T000000`,
			Property{Name: "DTSTART", Params: []Param{param("TZID", "tzone://Microsoft/Utc")}, Value: "20240101T000000"}},
		{"parameter without value", `SUMMARY;X-OLD;;X=:a`, Property{Name: "SUMMARY", Params: []Param{{Name: "X-OLD"}, param("X", "")}, Value: "a"}},
		{"blanks", `DTSTART ; VALUE = DATE:20240101`, Property{Name: "DTSTART", Params: []Param{param("VALUE", " DATE")}, Value: "20240101"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, err := Parse(event(test.line), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got := root.Children[0].Props[0]
			got.Start, got.End, got.Line = 0, 0, 0
			for i := range got.Params { // nil and empty are the same
				if len(got.Params[i].Values) == 0 {
					got.Params[i].Values = nil
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v\nwant %#v", got, test.want)
			}
		})
	}
}

func TestParseLenient(t *testing.T) {
	good := string(lines("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "END:VEVENT", "END:VCALENDAR"))
	for name, raw := range map[string]string{
		"byte order mark":     "\uFEFF" + good,
		"leading blank lines": "\r\n  \r\n\n" + good,
		"trailing blanks":     good + "\r\n \t\r\n",
		"no final line break": strings.TrimSpace(good),
		"bare LF":             strings.ReplaceAll(good, "\r\n", "\n"),
		"blank lines inside":  strings.ReplaceAll(good, "\r\n", "\r\n\r\n"),
		"lower case":          strings.ToLower(good),
		"blank after names":   strings.ReplaceAll(good, "\r\n", " \r\n"),
	} {
		root, err := Parse([]byte(raw), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := strings.ReplaceAll(sketch(root), "1 ", "1"), "VCALENDAR(VEVENT(UID=1))"; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(event("UID:1"))
	small := Limits{MaxBytes: 500, MaxComponents: 4, MaxDepth: 3, MaxLineBytes: 100, MaxProperties: 6, MaxAttendees: 2, MaxDates: 3}
	for _, test := range []struct {
		name, raw string
		lim       Limits
		problem   Problem
		line      int
		detail    string
	}{
		{"empty", "", Limits{}, InvalidData, 0, "empty"},
		{"blank", "\r\n \r\n", Limits{}, InvalidData, 0, "empty"},
		{"no calendar", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", Limits{}, InvalidData, 1, "VEVENT instead of VCALENDAR"},
		{"text before", "hello\r\n" + good, Limits{}, InvalidData, 1, "not BEGIN:VCALENDAR"},
		{"text after", good + "X:1\r\n", Limits{}, InvalidData, 8, "text after END:VCALENDAR"},
		{"two calendars", good + good, Limits{}, InvalidObject, 8, "a second VCALENDAR"},
		{"cut short", good[:len(good)-29], Limits{}, InvalidData, 5, "ends inside"},
		{"wrong END", "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", Limits{}, InvalidData, 2, "END:VEVENT inside VCALENDAR"},
		{"END alone", "END:VCALENDAR\r\n", Limits{}, InvalidData, 1, "not BEGIN:VCALENDAR"},
		{"BEGIN without name", "BEGIN:\r\n", Limits{}, InvalidData, 1, "not a component name"},
		{"BEGIN with text", "BEGIN:VCALENDAR (mine)\r\n", Limits{}, InvalidData, 1, "not a component name"},
		{"no colon", string(event("UID:1", "SUMMARY;X=1")), Limits{}, InvalidData, 6, "no colon"},
		{"no name", string(event(":1")), Limits{}, InvalidData, 5, "not a content line"},
		{"text without fold", string(event("DESCRIPTION:first", "second line")), Limits{}, InvalidData, 6, "no colon"},
		{"NUL", string(event("SUMMARY:a\x00b")), Limits{}, InvalidData, 5, "U+0000"},
		{"control character", string(event("SUMMARY:abcdefghi\x0bb")), Limits{}, InvalidData, 5, "U+000B"},
		{"DEL", string(event("SUMMARY:abcdefghijklmnop\x7fb")), Limits{}, InvalidData, 5, "U+007F"},
		{"CR inside a line", string(event("SUMMARY:a\rb")), Limits{}, InvalidData, 5, "U+000D"},
		{"Latin-1", string(event("SUMMARY:caf\xe9")), Limits{}, InvalidData, 5, "not UTF-8"},
		{"noncharacter", string(event("SUMMARY:\uFFFE")), Limits{}, InvalidData, 5, "noncharacter"},
		{"bytes", string(event("SUMMARY:" + strings.Repeat("x\r\n ", 200))), small, TooLarge, 0, "octets"},
		{"line", string(event("SUMMARY:" + strings.Repeat("x", 100))), small, TooLarge, 5, "line of more than 100"},
		{"folded line", string(event("SUMMARY:" + strings.Repeat("xxx\r\n ", 40))), small, TooLarge, 5, "line of more than 100"},
		{"properties", string(event("A:1", "B:1", "C:1", "D:1", "E:1")), small, TooLarge, 9, "6 properties"},
		{"components", string(lines("BEGIN:A", "BEGIN:B", "END:B", "BEGIN:B", "END:B", "BEGIN:B", "END:B", "BEGIN:B", "END:B")), small, TooLarge, 8, "4 components"},
		{"depth", string(lines("BEGIN:A", "BEGIN:B", "BEGIN:C", "BEGIN:D")), small, InvalidData, 4, "3 deep"},
		{"attendees", string(event("ATTENDEE:1", "ATTENDEE:1", "ATTENDEE:1")), small, TooManyAttendees, 7, "2 attendees"},
		{"dates", string(event("EXDATE:1,1", "EXDATE:1,1")), small, TooManyInstances, 6, "3 dates"},
		{"parameters", string(event("A" + strings.Repeat(";B=", 30) + ":")), small, TooLarge, 5, "24 parameters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.raw), test.lim)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if got.Problem != test.problem || got.Line != test.line || !strings.Contains(got.Detail, test.detail) {
				t.Errorf("got %d %v, want %d, line %d, %q", got.Problem, got, test.problem, test.line, test.detail)
			}
		})
	}
}

// TestParseBombs holds what hostile data costs: were it more than the size of the data, this test would be slow.
func TestParseBombs(t *testing.T) {
	for name, raw := range map[string]string{
		"nesting":          strings.Repeat("BEGIN:A\r\n", 100_000),
		"blank lines":      "BEGIN:VCALENDAR\r\n" + strings.Repeat("\r\n", 400_000),
		"folds":            "BEGIN:VCALENDAR\r\nX:" + strings.Repeat("\r\n ", 300_000),
		"one parameter":    "BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat("a", 900_000),
		"many parameters":  "BEGIN:VCALENDAR\r\nX" + strings.Repeat(";A=\"", 200_000),
		"quotes":           "BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat("\"a", 400_000),
		"values":           "BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat(",", 900_000),
		"siblings":         "BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:A\nEND:A\n", 60_000),
		"scattered":        "BEGIN:VCALENDAR\r\n" + strings.Repeat("X:\nBEGIN:A\nY:\nEND:A\n", 40_000),
		"blanks then fold": "BEGIN:VCALENDAR\r\n" + strings.Repeat("X:\n\n\n\n\n \n", 90_000),
	} {
		if _, err := Parse([]byte(raw), Limits{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
