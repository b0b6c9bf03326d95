// Package scenario plays stories of people who invite each other, written in a small language, against convene over HTTP, and
// compares what each of them then has in its calendars and its Inbox with what the story says. README.md describes the language;
// the stories are in testdata.
package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Scenario is one story.
type Scenario struct {
	File  string
	Line  int    // where it begins
	Name  string // what it is the example of, and what happens in it
	Steps []*Step
}

// Step is a statement with what stands below it.
type Step struct {
	Line    int
	Text    string // the statement, without what stands behind ": "
	Block   []Line
	Answers []Line // what follows "->"

	run func(*play) error
}

// Line is a line of a block or an answer, without blanks around it.
type Line struct {
	No   int
	Text string
}

// ReadFiles reads all scenarios of a folder's .txt files. The error tells of all that is wrong in them.
func ReadFiles(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	var errs []error
	names := map[string]string{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		list, err := Read(filepath.Base(name), file)
		errs = append(errs, err, file.Close())
		for _, s := range list {
			at := fmt.Sprintf("%s:%d", s.File, s.Line)
			if first := names[s.Name]; first != "" {
				errs = append(errs, fmt.Errorf("%s: %q is a scenario of %s as well", at, s.Name, first))
			}
			names[s.Name] = at
		}
		all = append(all, list...)
	}
	return all, errors.Join(errs...)
}

var title = regexp.MustCompile(`^scenario (\S[^:]*): (\S.*)$`)

// Read reads the scenarios of one file, which is called name in errors. They are checked as far as that is possible without a server.
func Read(name string, r io.Reader) ([]*Scenario, error) {
	var list []*Scenario
	var errs []error
	wrong := func(no int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s:%d: %s", name, no, fmt.Sprintf(format, args...)))
	}
	lines := bufio.NewScanner(r)
	for no := 1; lines.Scan(); no++ {
		line := strings.TrimRight(lines.Text(), " \t\r")
		text := strings.TrimLeft(line, " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		if strings.HasPrefix(line, "scenario ") {
			m := title.FindStringSubmatch(line)
			if m == nil {
				wrong(no, "want: scenario REFERENCE: TITLE")
				m = []string{"", line, ""}
			}
			list = append(list, &Scenario{File: name, Line: no, Name: m[1] + ": " + m[2]})
			continue
		}
		if len(list) == 0 {
			wrong(no, "no scenario has begun")
			continue
		}
		if err := list[len(list)-1].add(no, line, text); err != nil {
			wrong(no, "%v", err)
		}
	}
	for _, s := range list {
		for _, step := range s.Steps {
			if err := step.compile(); err != nil {
				wrong(step.Line, "%s: %v", step.Text, err)
			}
		}
	}
	return list, errors.Join(append(errs, lines.Err())...)
}

// add takes a line into the scenario; text is line without the blanks in front.
func (s *Scenario) add(no int, line, text string) error {
	if answer, ok := strings.CutPrefix(text, "->"); ok {
		if len(s.Steps) == 0 {
			return errors.New("an answer to nothing")
		}
		last := s.Steps[len(s.Steps)-1]
		last.Answers = append(last.Answers, Line{no, strings.TrimSpace(uncomment(answer))})
		return nil
	}
	if line != text {
		if len(s.Steps) == 0 {
			return errors.New("a block of nothing")
		}
		last := s.Steps[len(s.Steps)-1]
		if len(last.Answers) > 0 {
			return errors.New("a block belongs before the answers")
		}
		last.Block = append(last.Block, Line{no, text})
		return nil
	}
	s.Steps = append(s.Steps, &Step{Line: no, Text: strings.TrimSpace(uncomment(text))})
	return nil
}

// uncomment cuts off what stands behind two blanks and "# ".
func uncomment(s string) string {
	if i := strings.Index(s, "  # "); i >= 0 {
		return s[:i]
	}
	return s
}

// cutBlock moves what stands behind ": " in the statement into its block.
func (s *Step) cutBlock() error {
	head, line, ok := strings.Cut(s.Text, ": ")
	if !ok {
		return nil
	}
	if len(s.Block) > 0 {
		return errors.New("a block behind the colon and one below")
	}
	s.Text, s.Block = head, []Line{{s.Line, strings.TrimSpace(line)}}
	return nil
}

// located is an error with the line that it is about.
func located(no int, text string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("line %d: %s: %w", no, text, err)
}
