package itip

import (
	"testing"
	"time"
)

// TestQuiet lets the organizer write one version after the other: a copy is changed quietly, so that its schedule tag stays, if and only if
// nothing changes for its owner but who else is there.
func TestQuiet(t *testing.T) {
	versions := []struct {
		name, text string
		quiet      bool // for ann
	}{
		{"a guest of one instance", cal(weekly+"ann|bob", over09+"ann|bob|dan"), false},
		{"the guest is gone, and the override", cal(weekly + "ann|bob"), true},
		{"an instance is excluded", cal(weekly + "ann|bob|EXDATE:20260309T090000Z"), false},
		{"the instance is back", cal(weekly + "ann|bob"), false},
		{"an instance says more", cal(weekly+"ann|bob", over09+"LOCATION:x|ann|bob"), false},
		{"the instance is as the series", cal(weekly + "ann|bob"), false},
	}
	organizer, ann := Context{Now: noon, Owner: person("org")}, Context{Now: noon, Owner: person("ann")}
	stored, own := "", ""
	for _, v := range versions {
		organizer.Now = organizer.Now.Add(time.Minute)
		plan, err := Organizer(organizer, object1(t, stored), object1(t, v.text))
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		stored = string(plan.Object)
		for _, m := range plan.Messages {
			if m.To != ann.Owner {
				continue
			}
			r, err := Receive(ann, object1(t, own), m)
			if err != nil || r.Object == nil || r.Quiet != v.quiet || m.Quiet != v.quiet {
				t.Errorf("%s: %s: %v, %v, quiet %v\n%s\n->\n%s", v.name, summary(plan.Messages), err, r.Outcome, r.Quiet, own, r.Object)
			}
			own = string(r.Object)
		}
	}
}
