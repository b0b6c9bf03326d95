package ical

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// barred makes lines of a text with bars between them.
func barred(s string) []byte { return lines(strings.Split(s, "|")...) }

const (
	ownersAlarm  = "BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|DESCRIPTION:o|END:VALARM|"
	shareesAlarm = "BEGIN:VALARM|ACTION:AUDIO|TRIGGER:-PT1H|ACKNOWLEDGED:20240101T000000Z|END:VALARM|"
	sharedEvent  = "BEGIN:VCALENDAR|PRODID:x|BEGIN:VEVENT|UID:1|DTSTART:20240101T000000Z|DTSTAMP:20240101T000000Z|%sSUMMARY:%s|X-B:c|%sEND:VEVENT|END:VCALENDAR"
	personalHead = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//convene//convene//EN|"
)

func TestSplitPersonal(t *testing.T) {
	before := fmt.Sprintf(sharedEvent, "X-MOZ-LASTACK:1|", "a", ownersAlarm)
	override := "BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102T000000Z|DTSTART:20240102T010000Z|"
	for _, test := range []struct{ name, before, in, shared, personal string }{
		{"nothing is different", before, before, before,
			personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:1|" + ownersAlarm + "END:VEVENT|END:VCALENDAR"},
		{"no alarm any more", before, fmt.Sprintf(sharedEvent, "", "a", ""), before, ""},
		{"another order, program, date of change", before,
			"BEGIN:VCALENDAR|VERSION:2.0|PRODID:y|BEGIN:VEVENT|X-B:| c|SUMMARY:a|X-MOZ-LASTACK:2|X-MOZ-SNOOZE-TIME-3:4|" + shareesAlarm +
				"UID:1|DTSTAMP:20250101T000000Z|LAST-MODIFIED:20250101T000000Z|DTSTART:20240101T000000Z|END:VEVENT|END:VCALENDAR",
			before, personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:2|X-MOZ-SNOOZE-TIME-3:4|" + shareesAlarm + "END:VEVENT|END:VCALENDAR"},
		{"another text", before, fmt.Sprintf(sharedEvent, "X-MOZ-GENERATION:9|", "b", shareesAlarm),
			fmt.Sprintf(sharedEvent, "", "b", "X-MOZ-LASTACK:1|"+ownersAlarm),
			personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-GENERATION:9|" + shareesAlarm + "END:VEVENT|END:VCALENDAR"},
		{"another transparency", before, fmt.Sprintf(sharedEvent, "TRANSP:TRANSPARENT|", "a", ""), before,
			personalHead + "BEGIN:VEVENT|UID:1|TRANSP:TRANSPARENT|END:VEVENT|END:VCALENDAR"},
		{"another transparency and text", fmt.Sprintf(sharedEvent, "TRANSP:TRANSPARENT|", "a", ""), fmt.Sprintf(sharedEvent, "", "b", ""),
			fmt.Sprintf(sharedEvent, "", "b", "TRANSP:TRANSPARENT|"), personalHead + "BEGIN:VEVENT|UID:1|TRANSP:OPAQUE|END:VEVENT|END:VCALENDAR"},
		{"the same transparency", before, fmt.Sprintf(sharedEvent, "TRANSP:OPAQUE|X-MOZ-LASTACK:1|", "b", ownersAlarm),
			fmt.Sprintf(sharedEvent, "TRANSP:OPAQUE|X-MOZ-LASTACK:1|", "b", ownersAlarm),
			personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:1|" + ownersAlarm + "END:VEVENT|END:VCALENDAR"},
		{"a new object", "", fmt.Sprintf(sharedEvent, "TRANSP:TRANSPARENT|X-MOZ-LASTACK:1|", "a", shareesAlarm),
			fmt.Sprintf(sharedEvent, "TRANSP:TRANSPARENT|", "a", ""),
			personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:1|" + shareesAlarm + "END:VEVENT|END:VCALENDAR"},
		{"a new object without anything personal", "", fmt.Sprintf(sharedEvent, "", "a", ""), fmt.Sprintf(sharedEvent, "", "a", ""), ""},
		{"a new override", before,
			fmt.Sprintf(sharedEvent, "", "a", ownersAlarm+"END:VEVENT|"+override),
			fmt.Sprintf(sharedEvent, "", "a", "X-MOZ-LASTACK:1|"+ownersAlarm+"END:VEVENT|"+override+"X-MOZ-LASTACK:1|"+ownersAlarm),
			personalHead + "BEGIN:VEVENT|UID:1|" + ownersAlarm + "END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102T000000Z|END:VEVENT|END:VCALENDAR"},
		{"other components stay where they are", fmt.Sprintf(sharedEvent, "", "a", ownersAlarm),
			fmt.Sprintf(sharedEvent, "X-MOZ-LASTACK:1|", "a", "BEGIN:VLOCATION|NAME:x|END:VLOCATION|"+shareesAlarm),
			fmt.Sprintf(sharedEvent, "", "a", "BEGIN:VLOCATION|NAME:x|END:VLOCATION|"+ownersAlarm),
			personalHead + "BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:1|" + shareesAlarm + "END:VEVENT|END:VCALENDAR"},
	} {
		var stored *Object
		if test.before != "" {
			stored = object(t, barred(test.before))
		}
		shared, personal, err := SplitPersonal(object(t, barred(test.in)), stored)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		want := barred(test.personal)
		if test.personal == "" {
			want = nil
		}
		if string(shared) != string(barred(test.shared)) || !bytes.Equal(personal, want) {
			t.Errorf("%s:\nshared   %q\nwant     %q\npersonal %q\nwant     %q", test.name, shared, barred(test.shared), personal, want)
		}
	}
}

func TestMergePersonal(t *testing.T) {
	override := "BEGIN:VEVENT|UID:1|RECURRENCE-ID;TZID=Europe/Berlin:20240102T010000|DTSTART:20240102T010000Z|TRANSP:TRANSPARENT|%sEND:VEVENT|"
	inner := func(s string) string { return strings.TrimSuffix(s, "END:VEVENT|") }
	shared := fmt.Sprintf(sharedEvent, "X-MOZ-LASTACK:1|", "a", ownersAlarm)
	two := func(notes, master, of string) string {
		return fmt.Sprintf(sharedEvent, notes, "a", master+"END:VEVENT|"+inner(fmt.Sprintf(override, of)))
	}
	part := func(s string) string { return personalHead + s + "END:VCALENDAR" }
	master := "BEGIN:VEVENT|UID:1|TRANSP:OPAQUE|" + shareesAlarm + "END:VEVENT|"
	for _, test := range []struct{ name, shared, personal, want string }{
		{"nothing personal", shared, "", fmt.Sprintf(sharedEvent, "", "a", "")},
		{"nothing to change", fmt.Sprintf(sharedEvent, "TRANSP:OPAQUE|", "a", ""), "", fmt.Sprintf(sharedEvent, "TRANSP:OPAQUE|", "a", "")},
		{"alarms", shared, part("BEGIN:VEVENT|UID:1|X-MOZ-LASTACK:2|" + shareesAlarm + "END:VEVENT|"),
			fmt.Sprintf(sharedEvent, "", "a", "X-MOZ-LASTACK:2|"+shareesAlarm)},
		{"a new override is as the master", two("", ownersAlarm, ownersAlarm), part(master),
			strings.Replace(two("", "TRANSP:OPAQUE|"+shareesAlarm, "TRANSP:OPAQUE|"+shareesAlarm), "TRANSP:TRANSPARENT|", "", 1)},
		{"a known override is not, and found by the instant", two("", ownersAlarm, ownersAlarm),
			part(master + "BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102T000000Z|END:VEVENT|"), two("", "TRANSP:OPAQUE|"+shareesAlarm, "")},
		{"an override that is gone", shared, part("BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240103T000000Z|X-MOZ-LASTACK:2|END:VEVENT|"),
			fmt.Sprintf(sharedEvent, "", "a", "")},
	} {
		var personal []byte
		if test.personal != "" {
			personal = barred(test.personal)
		}
		got, err := MergePersonal(object(t, barred(test.shared)), personal)
		if err != nil || string(got) != string(barred(test.want)) {
			t.Errorf("%s: %v\ngot  %q\nwant %q", test.name, err, got, barred(test.want))
		}
	}
	var wrong *Error
	if _, err := MergePersonal(object(t, barred(shared)), []byte("x")); !errors.As(err, &wrong) {
		t.Errorf("what is no calendar gives %v", err)
	}
}

// TestPersonalIsBounded: large alarms of a master are not had by any number of overrides.
func TestPersonalIsBounded(t *testing.T) {
	alarm := "BEGIN:VALARM|DESCRIPTION:" + strings.Repeat("a", 1<<20) + "|END:VALARM|"
	overrides := ""
	for n := range 12 {
		overrides += fmt.Sprintf("BEGIN:VEVENT|UID:1|RECURRENCE-ID:202401%02dT000000Z|DTSTART:20240102T010000Z|END:VEVENT|", n+2)
	}
	end := strings.TrimSuffix(overrides, "END:VEVENT|")
	before := object(t, barred(fmt.Sprintf(sharedEvent, "", "a", alarm)))
	var wrong *Error
	if _, _, err := SplitPersonal(object(t, barred(fmt.Sprintf(sharedEvent, "", "a", "END:VEVENT|"+end))), before); !errors.As(err, &wrong) || wrong.Problem != TooLarge {
		t.Errorf("got %v", err)
	}
	_, personal, err := SplitPersonal(before, before)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := MergePersonal(object(t, barred(fmt.Sprintf(sharedEvent, "", "a", "END:VEVENT|"+end))), personal)
	if n := bytes.Count(merged, []byte("BEGIN:VALARM")); err != nil || n != 10 {
		t.Errorf("%d alarms, %v", n, err)
	}
}

// must returns what fails t at an error.
func must(t rapid.TB) func([]byte, error) []byte {
	return func(raw []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
}

// FuzzPersonal takes apart what may be sent for what may be stored, and merges it again, with any personal part too: three texts
// with NULs between them.
func FuzzPersonal(f *testing.F) {
	seed := func(texts ...string) {
		var all [][]byte
		for _, text := range texts {
			all = append(all, barred(text))
		}
		f.Add(bytes.Join(all, []byte{0}))
	}
	override := "END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102T000000Z|DTSTART:20240102T010000Z|" + ownersAlarm
	seed(fmt.Sprintf(sharedEvent, "X-MOZ-LASTACK:1|", "a", ownersAlarm), fmt.Sprintf(sharedEvent, "TRANSP:TRANSPARENT|", "a", shareesAlarm+override),
		personalHead+"BEGIN:VEVENT|TRANSP:OPAQUE|X-MOZ-LASTACK:1|"+shareesAlarm+"END:VEVENT|END:VCALENDAR")
	seed(fmt.Sprintf(sharedEvent, "", "a", override), fmt.Sprintf(sharedEvent, "", "b", ""),
		"BEGIN:VCALENDAR|BEGIN:VEVENT|RECURRENCE-ID:x|END:VEVENT|BEGIN:VEVENT|RECURRENCE-ID:20240102T000000Z|"+shareesAlarm+"END:VEVENT|END:VCALENDAR")
	f.Fuzz(func(t *testing.T, raw []byte) {
		texts := append(bytes.SplitN(raw, []byte{0}, 3), nil, nil)
		in, err := ParseObject(texts[0], Limits{})
		if err != nil {
			return
		}
		checkPersonal(t, in, nil)
		if before, err := ParseObject(texts[1], Limits{}); err == nil {
			checkPersonal(t, in, before)
		}
		merged, err := MergePersonal(in, texts[2])
		if err == nil && !object(t, merged).sameShared(in) {
			t.Fatalf("%q became %q", in.raw, merged)
		}
	})
}

// checkPersonal fails t unless in comes back after it was taken apart.
func checkPersonal(t rapid.TB, in, before *Object) {
	t.Helper()
	shared, personal, err := SplitPersonal(in, before)
	if err != nil {
		t.Fatal(err)
	}
	stored := object(t, shared)
	if before == nil && bytes.Contains(stored.raw, []byte("BEGIN:VALARM")) && in.Component != "VAVAILABILITY" {
		for _, c := range stored.Parts {
			if own := stored.personal(c); len(own.alarms) > 0 {
				t.Fatalf("%q has alarms", shared)
			}
		}
	}
	merged := object(t, must(t)(MergePersonal(stored, personal)))
	if !merged.sameShared(in) {
		t.Fatalf("%q became %q", in.raw, merged.raw)
	}
	for i, c := range in.Parts {
		want, same := in.personal(c), merged.Parts[i]
		if merged.instance(same) != in.instance(c) { // in the order of before
			for _, same = range merged.Parts {
				if merged.instance(same) == in.instance(c) {
					break
				}
			}
		}
		if got := merged.personal(same); !got.equal(&want) || got.transparent != want.transparent {
			t.Fatalf("%q became %q", in.raw, merged.raw)
		}
	}
}

func TestPersonalCorpus(t *testing.T) {
	files := corpus(t)
	var before *Object
	for _, file := range files {
		in := object(t, file.raw)
		checkPersonal(t, in, nil)
		checkPersonal(t, in, in)
		if before != nil {
			checkPersonal(t, in, before)
		}
		before = in
		if shared, _, err := SplitPersonal(in, in); err != nil || string(shared) != string(file.raw) {
			t.Errorf("%s became %s, %v", file.name, shared, err)
		}
	}
}

func BenchmarkMergePersonal(b *testing.B) {
	o := object(b, event1K)
	_, personal, err := SplitPersonal(o, o)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := MergePersonal(o, personal); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplitPersonal(b *testing.B) {
	o := object(b, event1K)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := SplitPersonal(o, o); err != nil {
			b.Fatal(err)
		}
	}
}
