package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"convene/test/harness"
)

var statusLine = regexp.MustCompile(`^(\d(?:\d\d|xx)(?:\|\d(?:\d\d|xx))*)(?: ([a-z-]+))?$`)

// answerCheck is what one "->" line wants of an HTTP response.
type answerCheck struct {
	line Line
	do   func(p *play, r *harness.Response) error
}

// parseAnswers reads the answers of a request.
func parseAnswers(lines []Line) ([]answerCheck, error) {
	var list []answerCheck
	var errs []error
	for _, line := range lines {
		do, err := parseAnswer(line.Text)
		errs = append(errs, located(line.No, line.Text, err))
		list = append(list, answerCheck{line, do})
	}
	return list, errors.Join(errs...)
}

func parseAnswer(text string) (func(*play, *harness.Response) error, error) {
	if m := statusLine.FindStringSubmatch(text); m != nil {
		return func(_ *play, r *harness.Response) error { return wantStatus(r, strings.Split(m[1], "|"), m[2]) }, nil
	}
	rest, no := strings.CutPrefix(text, "no ")
	word, rest, _ := strings.Cut(rest, " ")
	switch word {
	case "header":
		name, want, _ := strings.Cut(rest, " ")
		return func(_ *play, r *harness.Response) error {
			got := strings.Join(r.Header.Values(name), ", ")
			return unless((got != "" && strings.Contains(got, want)) != no, "found %q", got)
		}, nil
	case "body":
		return func(p *play, r *harness.Response) error {
			body := strings.Join(unfold(string(r.Body)), "\n")
			return unless(strings.Contains(body, p.pp.text(rest)) != no, "found %v", r)
		}, nil
	}
	return nil, fmt.Errorf("not an answer")
}

// unless returns an error if ok is false.
func unless(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func wantStatus(r *harness.Response, statuses []string, condition string) error {
	got := strconv.Itoa(r.Status)
	if !slices.Contains(statuses, got) && !slices.Contains(statuses, got[:1]+"xx") {
		return fmt.Errorf("found %v", r)
	}
	if condition == "" {
		return nil
	}
	name, _, err := r.Condition()
	if err != nil {
		return err
	}
	return unless(name.Local == condition, "found the condition %s", name.Local)
}

// checkAnswer returns what is wrong with a response. Unless a status is named it must be 2xx.
func (p *play) checkAnswer(checks []answerCheck, r *harness.Response) error {
	var errs []error
	status := false
	for _, c := range checks {
		status = status || statusLine.MatchString(c.line.Text)
		errs = append(errs, located(c.line.No, "-> "+c.line.Text, c.do(p, r)))
	}
	if !status && r.Status/100 != 2 {
		errs = append(errs, fmt.Errorf("found %v", r))
	}
	return errors.Join(errs...)
}
