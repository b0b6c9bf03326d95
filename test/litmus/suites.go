package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// run is one of litmus's programs, and how its tests end here, a letter each in their order: pass, fail, skipped since an earlier one
// failed, w for a pass with a warning.
type run struct {
	suite   string
	adapted bool
	ends    string
	why     string // not all of them pass
}

const nothing = "a home holds calendars, and a plain collection nothing: there is nowhere to PUT a file, and no collection in a collection"

var runs = []run{
	{"basic", true, "pppppppppppppppp", ""},
	{"copymove", true, "ppppfppppfppp", "an object never takes the place of a calendar (copy_overwrite), nor of an object with another UID (move; RFC 4791 section 5.3.2.1)"},
	{"props", true, strings.Repeat("p", 30), ""},
	{"locks", true, strings.Repeat("p", 41), ""},
	{"http", true, "pppp", ""},
	{"basic", false, "pppffwsspffsswfp", nothing},
	{"copymove", false, "ppfssspffffpp", nothing},
	{"props", false, "pppppfsspsssssssssssssssp" + "ffspp", nothing},
	{"locks", false, "pppppffsssssssssssssssw" + "fsssssss" + "ffsssss" + "fsp", nothing},
	{"http", false, "pppp", ""},
}

func (r *run) name() string {
	if r.adapted {
		return r.suite
	}
	return r.suite + " without the adapter"
}

// test is how one of litmus's tests ended, with what it said.
type test struct {
	name, said string
	end        byte
}

// run runs the program in a folder of its own, where it leaves its log, and prints what became of each test.
func (r *run) run(dir, url, user string) error {
	work, err := os.MkdirTemp("", "litmus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.Command(filepath.Join(dir, r.suite), "--htdocs", "/usr/share/litmus/htdocs", url, user, user)
	cmd.Dir = work
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) { // a test that fails is no error here
		return err
	}
	tests := parse(string(out))
	if len(tests) != len(r.ends) {
		return fmt.Errorf("%d tests ended, want %d:\n%s", len(tests), len(r.ends), out)
	}
	return r.judge(tests)
}

// judge prints a line for each test, or where few apply, one for all.
func (r *run) judge(tests []test) (err error) {
	passed, failed := 0, 0
	for i, t := range tests {
		switch t.end {
		case 'p', 'w':
			passed++
		case 'f':
			failed++
		}
		switch {
		case t.end != r.ends[i]:
			fmt.Printf("FAIL  litmus: %s: %d %s: got %c, want %c: %s\n", r.name(), i, t.name, t.end, r.ends[i], t.said)
			err = errors.New("not all tests ended as they should")
		case r.adapted && t.end == 'p':
			fmt.Printf("ok    litmus: %s: %d %s\n", r.name(), i, t.name)
		}
	}
	if r.why != "" && err == nil {
		fmt.Printf("ok    litmus: %s: %d passed, %d failed, %d skipped, as it has to be: %s\n", r.name(), passed, failed, len(tests)-passed-failed, r.why)
	} else if !r.adapted && err == nil {
		fmt.Printf("ok    litmus: %s: %d passed\n", r.name(), passed)
	}
	return err
}

var (
	begins = regexp.MustCompile(`^ *\d+\. (\w+)\.* *(.*)$`)
	goesOn = regexp.MustCompile(`^ *\.{10,} +(.*)$`)
)

// ends are the words that a test ends with.
var ends = []struct {
	word string
	end  byte
}{{"pass (with", 'w'}, {"pass", 'p'}, {"FAIL", 'f'}, {"SKIPPED", 's'}}

// parse reads litmus's output. A test's line is written once when it begins and again when it ends, or ends in a later line if there was a
// warning between.
func parse(out string) (tests []test) {
	current := ""
	for _, line := range strings.FieldsFunc(out, func(r rune) bool { return r == '\r' || r == '\n' }) {
		said := ""
		if m := begins.FindStringSubmatch(line); m != nil {
			current, said = m[1], m[2]
		} else if m := goesOn.FindStringSubmatch(line); m != nil {
			said = m[1]
		}
		for _, e := range ends {
			if current != "" && strings.HasPrefix(said, e.word) {
				tests = append(tests, test{current, said, e.end})
				current = ""
				break
			}
		}
	}
	return tests
}
