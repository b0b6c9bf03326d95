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
