package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// run is one of litmus's programs, and how it ends here.
type run struct {
	suite   string
	adapted bool
	ends    map[string]end // the tests that do not pass
}

// end is how a test ends, and why it has to.
type end struct{ how, why string }

var runs = []run{
	{"basic", true, nil},
	{"copymove", true, nil},
	{"props", true, nil},
	{"locks", true, nil},
	{"http", true, nil},
	{"basic", false, nil},
	{"copymove", false, nil},
	{"props", false, nil},
	{"locks", false, nil},
	{"http", false, nil},
}

func (r *run) name() string {
	if r.adapted {
		return r.suite
	}
	return r.suite + " without the adapter"
}

// result is one line of litmus's.
var result = regexp.MustCompile(`(?m)^ *\d+\. (\w+)\.* (pass|FAIL|SKIPPED)(.*)$`)

// run runs the program in a folder of its own, where it leaves its log, and prints a line for each test.
func (r *run) run(dir, url, user, password string) error {
	work, err := os.MkdirTemp("", "litmus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.Command(dir+"/"+r.suite, "--htdocs", "/usr/share/litmus/htdocs", url, user, password)
	cmd.Dir = work
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	fmt.Println(string(out))
	_ = strings.TrimSpace
	_ = slices.Sort[[]string]
	return nil
}
