package ical

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// seeds gives f the inputs that all fuzz targets begin with: usual objects, odd ones, and some of the corpus.
func seeds(f *testing.F) {
	f.Add(event1K)
	f.Add([]byte(splitStream))
	f.Add(event("UID:1", "DTSTART;VALUE=DATE:20240101", `ATTENDEE;CN="a^'b";MEMBER="x","y":mailto:c@d`, "SUMMARY:caf\xc3\r\n \xa9"))
	f.Add(event("UID:1", "DTSTART;TZID=W. Europe Standard Time:20240101T100000", "RDATE;VALUE=PERIOD:20240102T100000/PT1H,20240103T100000/P1D",
		"EXDATE:20240104T100000,20240105", "RECURRENCE-ID;RANGE=THISANDFUTURE:20240102T100000Z"))
	f.Add([]byte("\uFEFFbegin:vcalendar\nbegin:vtodo\nuid:1\ndue;tzid=tzone://Microsoft/Utc:20240101t100000\nend:vtodo\nend:vcalendar"))
	files, err := filepath.Glob("testdata/corpus/*/*.ics")
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(files); i += 12 {
		raw, err := os.ReadFile(files[i])
		if err != nil {
			f.Fatal(err)
		}
		if len(raw) < 8<<10 {
			f.Add(raw)
		}
	}
}

// checkTree fails t unless c and what is in it lies where it says in raw.
func checkTree(t *testing.T, raw []byte, c *Component) {
	t.Helper()
	if c.Start >= c.End || c.End > len(raw) || c.Name != strings.ToUpper(c.Name) {
		t.Fatalf("%s at %d to %d of %d", c.Name, c.Start, c.End, len(raw))
	}
	at := c.Start
	for i := range c.Props {
		p := &c.Props[i]
		if p.Start < at || p.End <= p.Start || p.End > c.End || p.Name == "" || p.Name != strings.ToUpper(p.Name) {
			t.Fatalf("%s.%s at %d to %d", c.Name, p.Name, p.Start, p.End)
		}
		if line := 1 + bytes.Count(raw[:p.Start], []byte("\n")); p.Line != line {
			t.Fatalf("%s.%s in line %d, not %d", c.Name, p.Name, line, p.Line)
		}
		if !utf8.ValidString(p.Value) || strings.ContainsAny(p.Value, "\x00\r\n") {
			t.Fatalf("%s.%s is %q", c.Name, p.Name, p.Value)
		}
		at = p.End
		checkWritten(t, p)
	}
	at = c.Start
	for _, child := range c.Children {
		if child.Start < at || child.End > c.End {
			t.Fatalf("%s in %s at %d to %d", child.Name, c.Name, child.Start, child.End)
		}
		at = child.End
		checkTree(t, raw, child)
	}
}

// checkWritten fails t unless p is the same after it was written and read.
func checkWritten(t *testing.T, p *Property) {
	t.Helper()
	lim := Limits{MaxBytes: 1 << 30}.orDefault()
	line := AppendLine(nil, p.Name, p.Params, p.Value)
	c, err := parseOne(append(append([]byte("BEGIN:A\r\n"), line...), "END:A\r\n"...), lim)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	q := c.Props[0]
	if q.Name != p.Name || q.Value != p.Value || len(q.Params) != len(p.Params) {
		t.Fatalf("%q: read as %q %q %q, written from %q %q %q", line, q.Name, q.Params, q.Value, p.Name, p.Params, p.Value)
	}
	for i := range p.Params {
		if q.Params[i].Name != p.Params[i].Name || strings.Join(q.Params[i].Values, "|") != strings.Join(p.Params[i].Values, "|") {
			t.Fatalf("%q: read as %q, written from %q", line, q.Params, p.Params)
		}
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		root, err := Parse(raw, Limits{})
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if root.Name != "VCALENDAR" {
			t.Fatal(root.Name)
		}
		checkTree(t, raw, root)
		folded := Refold(raw)
		if again, err := Parse(folded, Limits{}); err != nil || sketch(again) != sketch(root) || !utf8.Valid(folded) {
			t.Fatalf("%q refolded to %q: %v", raw, folded, err)
		}
		if len(root.Children) == 0 {
			return
		}
		child := root.Children[0]
		again, bad := parseOne(raw[child.Start:child.End], DefaultLimits)
		if bad != nil || sketch(again) != sketch(child) {
			t.Fatalf("alone it is %v, %v", again, bad)
		}
	})
}

func FuzzParseObject(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := ParseObject(raw, Limits{})
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if o.UID == "" || o.Component == "" || len(o.Parts) == 0 {
			t.Fatalf("%+v", o)
		}
		for _, c := range o.Parts {
			for i := range c.Props {
				p := &c.Props[i]
				switch p.Name {
				case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE":
					dates, err := o.DateTimes(p)
					if err != nil {
						t.Fatal(err)
					}
					for _, d := range dates {
						if again, ok := parseDateTime(d.String()); !ok || !again.Wall.Equal(d.Wall) || again.Date != d.Date {
							t.Fatalf("%s became %s", p.Value, d)
						}
						d.In(time.UTC)
					}
				}
				if p.Name == "RDATE" || p.Name == "FREEBUSY" {
					if _, err := o.Periods(p); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		checkSplit(t, raw, o)
	})
}

// checkSplit fails t unless Split makes o of raw again, directly and from an export.
func checkSplit(t *testing.T, raw []byte, o *Object) {
	t.Helper()
	var out bytes.Buffer
	e := NewExporter(&out, "")
	if err := e.Add(raw); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for _, stream := range [][]byte{raw, out.Bytes()} {
		objects, refused, err := Split(stream, Limits{})
		if err != nil || len(refused) > 0 || len(objects) != 1 {
			t.Fatalf("%d objects, refused %v, %v", len(objects), refused, err)
		}
		again, err := ParseObject(objects[0].Raw, Limits{})
		if err != nil || again.UID != o.UID || again.Component != o.Component || len(again.Parts) != len(o.Parts) {
			t.Fatalf("%+v, %v", again, err)
		}
		for i := range o.Parts {
			if got, want := sketch(again.Parts[i]), sketch(o.Parts[i]); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, opts := range [][]SplitOption{nil, {GenerateUID}} {
			objects, refused, err := Split(raw, Limits{}, opts...)
			if err != nil {
				continue
			}
			seen := map[string]bool{}
			for _, object := range objects {
				o, err := ParseObject(object.Raw, Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if seen[o.UID] || o.UID != object.UID || o.Component != object.Component {
					t.Fatalf("%+v", object)
				}
				seen[o.UID] = true
			}
			most := 1 + bytes.Count(raw, []byte("\n"))
			for _, r := range refused {
				if r.Line < 1 || r.Line > most || r.Err.Line < r.Line || r.Err.Line > most+1 || r.Err.Detail == "" {
					t.Fatalf("%+v %v of %d lines", r, r.Err, most)
				}
			}
		}
	})
}

func FuzzZoneOf(f *testing.F) {
	f.Add([]byte("TZID:Europe/Berlin\n" + strings.Join(observanceLines("DAYLIGHT", "+0100", "+0200", "16010101T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"), "\n") +
		"\n" + strings.Join(observanceLines("STANDARD", "+0200", "+0100", "16010101T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"), "\n")))
	f.Add([]byte(strings.Join(observanceLines("STANDARD", "-0930", "-123456", "19700101T000000", "TZNAME:X", "RDATE:20240101T000000,20250101T000000",
		"RRULE:FREQ=YEARLY;INTERVAL=3;COUNT=5;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU"), "\n")))
	f.Add([]byte(strings.Join(observanceLines("DAYLIGHT", "+02:00", "+0300", "20130329T020000Z", "RRULE:FREQ=YEARLY;UNTIL=20300101T000000Z;BYMONTH=3;BYDAY=FR;BYSETPOS=-1"), "\n")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseOne([]byte("BEGIN:VTIMEZONE\n"+string(raw)+"\nEND:VTIMEZONE\n"), DefaultLimits)
		if err != nil {
			return
		}
		loc, bad := ZoneOf(c)
		if bad != nil {
			if _, ok := bad.(*Error); !ok {
				t.Fatalf("%T %v", bad, bad)
			}
			return
		}
		for _, year := range []int{1500, 1602, 1969, 1970, 2024, 2099, 2500, 9999} {
			at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
			if _, offset := at.In(loc).Zone(); offset < -27*3600 || offset > 27*3600 {
				t.Fatalf("%d in %d", offset, year)
			}
			DateTime{Wall: at, Zone: loc}.In(nil)
		}
		again, bad := ZoneOf(c)
		if bad != nil || !reflect.DeepEqual(again, loc) {
			t.Fatalf("the second time %v, %v", again, bad)
		}
	})
}
