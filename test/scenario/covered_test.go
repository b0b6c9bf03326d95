package scenario

import (
	"strings"
	"testing"
)

// required are the examples of the RFCs that apply, and the pains of users of other servers: see README.md.
var required = map[string]string{
	"RFC 6638 ": "A.1 A.2 B.1 B.2 B.3 B.4 B.5 B.6 B.7 B.8",
	"RFC 5546 ": "4.2.1 4.2.2 4.2.3 4.2.4 4.2.5 4.2.6 4.2.7 4.2.8 4.2.9 4.2.10 4.2.11 4.3.2 4.3.3 4.4.1 4.4.2 4.4.3 4.4.4 4.4.5 4.4.6 4.4.7 " +
		"4.4.8 4.4.9 4.4.10 4.5.1 4.5.2 4.5.3 4.5.4 4.5.5 4.5.6 4.5.7.1 4.5.7.2 4.7.1 4.7.2",
	"pain ": "1 2 3 4 5 6 7 8 9 11 12 13 14 15 16 17 18 19 20 21 22 23 24 26 27 28 29 30",
}

// fewest is how many scenarios there are at least.
const fewest = 150

// TestCovered wants a scenario for each of the examples.
func TestCovered(t *testing.T) {
	list, err := ReadFiles("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < fewest {
		t.Errorf("got %d scenarios, want %d", len(list), fewest)
	}
	found := map[string]bool{}
	for _, s := range list {
		references, _, _ := strings.Cut(s.Name, ": ")
		for _, r := range strings.Split(references, ", ") {
			found[r] = true
		}
	}
	for what, numbers := range required {
		for _, n := range strings.Fields(numbers) {
			if !found[what+n] {
				t.Errorf("no scenario for %s%s", what, n)
			}
		}
	}
}
