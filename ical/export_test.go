package ical

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestExporter(t *testing.T) {
	zone := func(tzid, name string) string {
		return "BEGIN:VTIMEZONE\r\nTZID:" + tzid + "\r\nBEGIN:STANDARD\r\nTZNAME:" + name + "\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	}
	first := "BEGIN:VEVENT\r\nUID:1\r\nDESCRIPTION:fol\r\n ded\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\n"
	second := "begin:vevent\nuid:2\nend:vevent\n"
	override := "BEGIN:VEVENT\nUID:2\nRECURRENCE-ID:20240101\nEND:VEVENT"
	objects := []string{
		"\uFEFFBEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-A:1\r\n" + zone("A", "first") + first + "END:VCALENDAR\r\n",
		"BEGIN:VCALENDAR\nVERSION:2.0\n" + zone("B", "first") + second + zone("A", "second") + override + "\nEND:VCALENDAR",
	}
	var out bytes.Buffer
	e := NewExporter(&out, "Work, home & "+strings.Repeat("long ", 15), Property{Name: "COLOR", Value: "red"})
	for _, object := range objects {
		if err := e.Add([]byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"", "BEGIN:VEVENT\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "text"} {
		if err := e.Add([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//convene//EN\r\n" +
		"X-WR-CALNAME:Work\\, home & long long long long long long long long long lon\r\n g long long long long long \r\nCOLOR:red\r\n" +
		zone("A", "first") + first + zone("B", "first") + second + override + "\nEND:VCALENDAR\r\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := Parse(out.Bytes(), Limits{}); err != nil {
		t.Error(err)
	}
}

// TestExportZones: what two objects mean by one TZID stays apart, unless it is a zone that everybody knows.
func TestExportZones(t *testing.T) {
	zone := func(tzid, offset string) string {
		return "BEGIN:VTIMEZONE\r\nTZID:" + tzid + "\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:" + offset +
			"\r\nTZOFFSETTO:" + offset + "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	}
	object := func(tzid, offset, uid string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;X-A=\"b,c\";TZID=\"" + tzid +
			"\":20240131T100000\r\nEXDATE;TZID=" + tzid + ":20240201T100000\r\nX-UNKNOWN:kept\r\nEND:VEVENT\r\n" + zone(tzid, offset) + "END:VCALENDAR\r\n"
	}
	var out bytes.Buffer
	e := NewExporter(&out, "")
	offsets := []string{"+0100", "+0200", "+0100", "+0300", "+0200"}
	for i, offset := range offsets {
		for _, tzid := range []string{"Customized Time Zone", "Europe/Berlin"} {
			if err := e.Add([]byte(object(tzid, offset, tzid+offset+string(rune('a'+i))))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "BEGIN:VTIMEZONE"); got != 4 {
		t.Errorf("%d zones, want three customized ones and Berlin\n%s", got, out.String())
	}
	objects, refused, err := Split(out.Bytes(), Limits{})
	if err != nil || len(refused) > 0 || len(objects) != 10 {
		t.Fatal(len(objects), refused, err)
	}
	for _, s := range objects {
		o, err := ParseObject(s.Raw, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		start, err := o.DateTimes(o.Master().Prop("DTSTART"))
		if err != nil {
			t.Fatal(err)
		}
		want := "+0100"
		if tzid, offset, customized := strings.Cut(s.UID, "Zone"); customized {
			want = offset[:5]
		} else if o.Master().Prop("DTSTART").Param("TZID") != "Europe/Berlin" {
			t.Errorf("%s: Berlin is called something else", tzid)
		}
		if got := start[0].In(nil).In(start[0].Zone).Format("-0700"); got != want {
			t.Errorf("%s begins at %s, want %s", s.UID, got, want)
		}
		exdate := o.Master().Prop("EXDATE")
		if start, ex := o.Master().Prop("DTSTART"), exdate.Param("TZID"); start.Param("TZID") != ex || start.Param("X-A") != "b,c" || o.Master().Prop("X-UNKNOWN") == nil {
			t.Errorf("%s:\n%s", s.UID, s.Raw)
		}
	}
}

// brokenPipe fails every write.
type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestExporterFails(t *testing.T) {
	e := NewExporter(brokenPipe{}, "")
	object := event("UID:1", "DESCRIPTION:"+strings.Repeat("x", 70_000))
	if err := e.Add(object); !errors.Is(err, errBroken) {
		t.Errorf("Add: %v", err)
	}
	if err := e.Close(); !errors.Is(err, errBroken) {
		t.Errorf("Close: %v", err)
	}
}

// TestExportSplit: what Split makes of an export is what was put into it.
func TestExportSplit(t *testing.T) {
	var out bytes.Buffer
	e := NewExporter(&out, "all")
	for _, raw := range [][]byte{event1K, event("UID:other", "DTSTART:20240101")} {
		if err := e.Add(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	objects, refused, err := Split(out.Bytes(), Limits{})
	if err != nil || len(refused) > 0 || len(objects) != 2 {
		t.Fatal(objects, refused, err)
	}
	if got := strings.Replace(string(objects[0].Raw), ProductID, "-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN", 1); got != string(event1K) {
		t.Errorf("got\n%s\nwant\n%s", got, event1K)
	}
}
