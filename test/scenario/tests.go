package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// defaults are the values of parameters that are not there (RFC 5545 section 3.2, RFC 6638 section 7.1).
var defaults = map[string]string{
	"PARTSTAT": "NEEDS-ACTION", "ROLE": "REQ-PARTICIPANT", "CUTYPE": "INDIVIDUAL", "RSVP": "FALSE", "SCHEDULE-AGENT": "SERVER",
}

// show returns the lines of properties, for messages.
func show(list []*property) string {
	var lines []string
	for _, p := range list {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, " | ")
}

func testText(text string) test {
	return func(v *view, _ *component) (bool, string) {
		return strings.Contains(strings.Join(unfold(v.raw), "\n"), v.p.pp.text(text)), v.raw
	}
}

func testCount(what string, want int) test {
	return func(v *view, c *component) (bool, string) {
		got := 0
		switch what {
		case "components":
			got = len(v.parts())
		case "attendees":
			got = len(c.all("ATTENDEE"))
		case "alarms":
			for _, child := range c.children {
				if child.name == "VALARM" {
					got++
				}
			}
		}
		return got == want, strconv.Itoa(got)
	}
}

// testTag compares ETag or Schedule-Tag with what was seen last.
func testTag(what, want string) test {
	return func(v *view, _ *component) (bool, string) {
		if v.seen == nil {
			return false, "that " + v.me + " has not seen it before"
		}
		if what == "etag" && v.p.on.live != nil { // jobs are done there when they are due, by its own clock
			v.p.unchecked = append(v.p.unchecked, "the ETag of "+v.me)
			return true, ""
		}
		before, now := v.seen.etag, v.etag
		if what == "schedule-tag" {
			before, now = v.seen.tag, v.tag
		}
		if now == "" {
			return false, "no " + what
		}
		return (before == now) == (want == "same"), fmt.Sprintf("%s, before %s", now, before)
	}
}

func testExcluded(x string) test {
	return func(v *view, c *component) (bool, string) {
		m, err := v.instance(x)
		if err != nil {
			return false, err.Error()
		}
		all := c.all("EXDATE")
		return slices.ContainsFunc(all, func(p *property) bool { return v.holds(p, m) }), show(all)
	}
}

func testMore(name string, than int) test {
	return func(v *view, c *component) (bool, string) {
		p := c.first(name)
		if p == nil {
			return 0 > than, "no " + name
		}
		n, err := strconv.Atoi(p.value)
		return err == nil && n > than, p.String()
	}
}

func testContains(name, text string) test {
	return func(v *view, c *component) (bool, string) {
		want := v.p.pp.text(text)
		all := c.all(name)
		return slices.ContainsFunc(all, func(p *property) bool { return strings.Contains(p.value, want) }), show(all)
	}
}

// testChosen is about the properties of a name, those of a person if selector is not "", and a parameter of theirs if that is not "".
func testChosen(name, selector, param, value string, valued bool) test {
	return func(v *view, c *component) (bool, string) {
		pp := v.p.pp
		found := pp.selected(c, name, selector, v.me)
		shown := show(found)
		if len(found) == 0 {
			shown = show(c.all(name))
		}
		return slices.ContainsFunc(found, func(p *property) bool {
			if param == "" {
				return true
			}
			got, there := p.param(param)
			if !valued {
				return there
			}
			return pp.sameParam(param, got, there, value)
		}), shown
	}
}

// sameParam compares the value of a parameter with what is wanted: one of several between "|".
func (pp *people) sameParam(name, got string, there bool, want string) bool {
	if !there {
		got, there = defaults[name], defaults[name] != ""
	}
	if !there {
		return false
	}
	return slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool {
		switch {
		case w == "*":
			return true
		case slices.Contains(personalParams, name):
			return pp.sameList(got, pp.param(name, w))
		case defaults[name] != "":
			return strings.EqualFold(got, w)
		}
		return got == pp.param(name, unquote(w))
	})
}

// sameList compares lists of addresses.
func (pp *people) sameList(a, b string) bool {
	list := func(s string) []string {
		var all []string
		for _, word := range strings.Split(s, ",") {
			all = append(all, pp.normal(unquote(word)))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(list(a), list(b))
}

// testAlarm applies a test to each alarm.
func testAlarm(inner test) test {
	return func(v *view, c *component) (bool, string) {
		var all []string
		for _, child := range c.children {
			if child.name != "VALARM" {
				continue
			}
			if ok, _ := inner(v, child); ok {
				return true, show(child.props)
			}
			all = append(all, show(child.props))
		}
		return false, strings.Join(all, " || ")
	}
}

// testLine looks for a property with the value and the parameters of a content line.
func testLine(line string) test {
	return func(v *view, c *component) (bool, string) {
		want, err := v.p.pp.property(strings.ReplaceAll(line, ":me", ":"+v.me))
		if err != nil {
			return false, err.Error()
		}
		all := c.all(want.name)
		if len(all) == 0 && want.name == "SEQUENCE" && want.value == "0" {
			return true, "no SEQUENCE"
		}
		return slices.ContainsFunc(all, func(p *property) bool { return v.p.pp.matches(p, want) }), show(all)
	}
}

// matches says whether p has the value and the parameters of want.
func (pp *people) matches(p, want *property) bool {
	switch {
	case want.value == "*":
	case slices.Contains(personalProps, p.name):
		if !pp.names(p, want.value) {
			return false
		}
	case slices.Contains(lists, p.name):
		if !slices.Contains(strings.Split(p.value, ","), want.value) && p.value != want.value {
			return false
		}
	case p.value != want.value:
		return false
	}
	for _, param := range want.params {
		got, there := p.param(param.name)
		if !pp.sameParam(param.name, got, there, param.value) {
			return false
		}
	}
	return true
}
