package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// expectation is a line that says what an object must have.
type expectation struct {
	line  Line
	no    bool   // the contrary must hold
	scope string // "": the master; "*": all; "[": an override; "<": what takes place at an instance
	at    string // the instance
	alone bool   // the scope alone is the expectation
	test  test
	whole bool // test is about the object, not about a component
}

// test says whether a component has what is wanted, and if it has not, or should not, what is there.
type test func(v *view, c *component) (ok bool, found string)

// view is an object that is looked at.
type view struct {
	*calendar
	p         *play
	me        string // whose copy it is
	etag, tag string
	seen      *sight // what its owner saw last, or nil
}

var (
	scoped = regexp.MustCompile(`^(?:\[([0-9TZ]*|\*)\]|<([0-9TZ]+)>)( .*)?$`)
	chosen = regexp.MustCompile(`^([A-Za-z0-9-]+)(?:\(([^)]+)\))?(?:\.([A-Za-z0-9-]+)(?:=(.*))?)?$`)
	dated  = regexp.MustCompile(`^EXDATE\[([0-9TZ]+)\]$`)
	more   = regexp.MustCompile(`^([A-Za-z-]+)>(\d+)$`)
	has    = regexp.MustCompile(`^([A-Za-z0-9-]+)~(.+)$`)
	count  = regexp.MustCompile(`^(alarms|attendees|components): (\d+)$`)
	tagged = regexp.MustCompile(`^(schedule-tag|etag): (same|new)$`)
)

// parseExpectation reads a line of what an object must have.
func parseExpectation(line Line) (*expectation, error) {
	e := &expectation{line: line}
	text := line.Text
	cut := func() {
		if rest, ok := strings.CutPrefix(text, "no "); ok {
			e.no, text = true, rest
		}
	}
	cut()
	if m := scoped.FindStringSubmatch(text); m != nil {
		e.scope, e.at, e.alone, text = "[", m[1], m[3] == "", strings.TrimSpace(m[3])
		switch {
		case m[1] == "*":
			e.scope = "*"
		case m[2] != "":
			e.scope, e.at = "<", m[2]
		}
		if e.at != "" && e.at != "*" && !instanceForm.MatchString(e.at) {
			return nil, fmt.Errorf("not an instance: %s", e.at)
		}
		if e.alone && e.scope == "*" || !e.alone && e.scope == "[" && e.at == "" {
			return nil, errors.New("[] stands alone, [*] does not")
		}
		cut()
	}
	var err error
	if !e.alone {
		err = e.parse(text)
	}
	return e, err
}

func parseExpectations(block []Line) ([]*expectation, error) {
	var list []*expectation
	var errs []error
	for _, line := range block {
		e, err := parseExpectation(line)
		errs = append(errs, located(line.No, line.Text, err))
		list = append(list, e)
	}
	return list, errors.Join(errs...)
}

// parse finds the test.
func (e *expectation) parse(text string) error {
	if len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"' {
		e.whole, e.test = true, testText(text[1:len(text)-1])
	} else if m := count.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[2])
		e.whole, e.test = m[1] == "components", testCount(m[1], n)
		return err
	} else if m := tagged.FindStringSubmatch(text); m != nil {
		e.whole, e.test = true, testTag(m[1], m[2])
	} else if m := dated.FindStringSubmatch(text); m != nil && instanceForm.MatchString(m[1]) {
		e.test = testExcluded(m[1])
	} else if m := more.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[2])
		e.test = testMore(strings.ToUpper(m[1]), n)
		return err
	} else if m := has.FindStringSubmatch(text); m != nil {
		e.test = testContains(strings.ToUpper(m[1]), m[2])
	} else if m := chosen.FindStringSubmatch(text); m != nil {
		e.test = testChosen(strings.ToUpper(m[1]), m[2], strings.ToUpper(m[3]), m[4], strings.Contains(text, "="))
	} else if alarm, ok := strings.CutPrefix(text, "VALARM "); ok {
		inner := &expectation{}
		if err := inner.parse(alarm); err != nil {
			return err
		}
		e.test = testAlarm(inner.test)
	} else {
		if _, err := parseProperty(text); err != nil {
			return err
		}
		e.test = testLine(text)
	}
	return nil
}

// check returns an error that says what was found if it is not what is expected.
func (e *expectation) check(v *view) error {
	if e.whole {
		return e.verdict(v, nil)
	}
	switch e.scope {
	case "*":
		for _, c := range v.parts() {
			if err := e.verdict(v, c); err != nil {
				return err
			}
		}
		return nil
	case "":
		c := v.master()
		if parts := v.parts(); c == nil && len(parts) == 1 {
			c = parts[0]
		}
		if c == nil {
			return e.wrong("there is no master")
		}
		return e.verdict(v, c)
	}
	c, err := e.find(v)
	if err != nil {
		return e.wrong(err.Error())
	}
	switch {
	case e.alone && (c != nil) == e.no:
		return e.wrong(map[bool]string{true: "it is there", false: "it is not there"}[e.no])
	case e.alone:
		return nil
	case c == nil:
		return e.wrong("there is no such instance")
	}
	return e.verdict(v, c)
}

// find returns the component of the expectation's instance, nil if there is none.
func (e *expectation) find(v *view) (*component, error) {
	if e.at == "" {
		return v.master(), nil
	}
	m, err := v.instance(e.at)
	if err != nil {
		return nil, err
	}
	if e.scope == "<" {
		return v.calendar.at(v.p.ctx, m)
	}
	return v.override(m), nil
}

func (e *expectation) verdict(v *view, c *component) error {
	ok, found := e.test(v, c)
	if ok != e.no {
		return nil
	}
	return e.wrong(found)
}

func (e *expectation) wrong(found string) error {
	if found == "" {
		found = "nothing of that"
	}
	return located(e.line.No, e.line.Text, errors.New("found "+found))
}

// checkAll returns what is wrong with an object.
func checkAll(list []*expectation, v *view) error {
	var errs []error
	for _, e := range list {
		errs = append(errs, e.check(v))
	}
	return errors.Join(errs...)
}
