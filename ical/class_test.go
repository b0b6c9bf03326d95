package ical

import (
	"strings"
	"testing"
)

func TestClass(t *testing.T) {
	for _, test := range []struct {
		name, props string // lines joined with a bar
		want        Class
	}{
		{"none", "SUMMARY:CLASS:PRIVATE", ClassPublic},
		{"public", "CLASS:PUBLIC", ClassPublic},
		{"confidential", "CLASS:CONFIDENTIAL", ClassConfidential},
		{"private", "CLASS:PRIVATE", ClassPrivate},
		{"unknown is private, RFC 5545 section 3.8.1.3", "CLASS:X-SECRET", ClassPrivate},
		{"empty", "CLASS:", ClassPrivate},
		{"lower case and blanks", "class: confidential ", ClassConfidential},
		{"public in lower case", "Class:public", ClassPublic},
		{"folded value", "CLASS:PUB\r\n LIC", ClassPublic},
		{"folded name", "CLA\r\n SS:CONFIDEN\r\n\tTIAL", ClassConfidential},
		{"parameters", `CLASS;X-A="b:c;d":CONFIDENTIAL`, ClassConfidential},
		{"parameter that looks like a value", `CLASS;X-A=":PUBLIC":PRIVATE`, ClassPrivate},
		{"of two the strictest", "CLASS:PRIVATE|CLASS:PUBLIC", ClassPrivate},
		{"of a part of the component", "CLASS:PUBLIC|BEGIN:X-PART|CLASS:CONFIDENTIAL|END:X-PART", ClassConfidential},
		{"only something like it", "X-CLASS:PRIVATE|CLASSES:PRIVATE", ClassPublic},
	} {
		raw := event(append([]string{"UID:1", "DTSTART:20240101T000000Z"}, strings.Split(test.props, "|")...)...)
		checkClass(t, test.name, raw, test.want)
	}
	override := "VEVENT DTSTART:20240102T090000Z RECURRENCE-ID:20240102T000000Z CLASS:"
	checkClass(t, "of an override", calendar("VEVENT DTSTART:20240101T000000Z RRULE:FREQ=DAILY", override+"PRIVATE"), ClassPrivate)
	checkClass(t, "stricter than the override", calendar("VEVENT DTSTART:20240101T000000Z CLASS:CONFIDENTIAL RRULE:FREQ=DAILY", override+"PUBLIC"), ClassConfidential)
	checkClass(t, "of free/busy", calendar("VFREEBUSY CLASS:PRIVATE"), ClassPrivate)
	checkClass(t, "of a task", calendar("VTODO CLASS:PRIVATE"), ClassPrivate)
}

// checkClass fails t unless raw and its index are of class want.
func checkClass(t *testing.T, name string, raw []byte, want Class) {
	t.Helper()
	o, err := ParseObject(raw, Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	index, err := o.Index(indexNow, nil, nil)
	if err != nil || o.Class() != want || index.Class != want {
		t.Errorf("%s: got %v, in the index %v, want %v; %v", name, o.Class(), index.Class, want, err)
	}
}
