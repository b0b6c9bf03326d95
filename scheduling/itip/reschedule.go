package itip

import (
	"context"
	"errors"
	"strings"

	"convene/ical"
)

// origin returns what the instance id of o was, and the component that described it: the override, or the master as it is at that
// instance; nil if o has no such instance, or has taken it out by EXDATE.
func (o *object) origin(id Instance) (*content, *part) {
	if p := o.part(id); p != nil {
		return o.contentOf(p), p
	}
	m := o.master()
	if m == nil || id == Master || o.contentOf(m).exdates[id] {
		return nil, nil
	}
	return o.contentOf(m).at(id), m
}

// rescheduled says whether the master of after has instances, or times of them, that before has not (RFC 6638 section 3.2.8): then
// what attendees have answered no longer counts. Instances that are gone do not make it so, nor those of own, which an attendee has
// excluded from its copy.
func rescheduled(before, after *object, own map[Instance]answer) bool {
	b, a := before.contentOf(before.master()), after.contentOf(after.master())
	if !b.sameTimes(a) || !subset(a.rdates, b.rdates) {
		return true
	}
	for id := range b.exdates {
		if _, excluded := own[id]; !excluded && !a.exdates[id] && after.has(id) {
			return true
		}
	}
	return b.rule != a.rule && a.rule != "" && (b.rule == "" || !shrunk(before, after, b.rule, a.rule))
}

// shrunk says whether the rule a gives no instances that b does not give.
func shrunk(before, after *object, b, a string) bool {
	was, errWas := ical.ParseRule(strings.TrimPrefix(b, "RRULE:"))
	now, errNow := ical.ParseRule(strings.TrimPrefix(a, "RRULE:"))
	if errWas == nil && errNow == nil && endless(was) == endless(now) {
		switch {
		case !now.Finite():
			return !was.Finite()
		case !was.Finite():
			return true
		case was.Count > 0 && now.Count > 0:
			return now.Count <= was.Count
		case was.Count == 0 && now.Count == 0:
			return !now.Until.In(before.start.Zone).After(was.Until.In(before.start.Zone))
		}
	}
	return contains(before, after)
}

// endless writes rule without COUNT and UNTIL.
func endless(rule *ical.Rule) string {
	r := *rule
	r.Count, r.Until = 0, ical.DateTime{}
	return r.String()
}

// contains says whether the instances of after are among those of before: as far as the first 5,000 of after, in 30 years, tell.
func contains(before, after *object) bool {
	now, more, err := firstInstances(after, 5000)
	if err != nil {
		return false
	}
	was, cut, err := firstInstances(before, 20_000)
	return err == nil && subset(now, was) && (!more || cut || len(was) > len(now))
}

// firstInstances returns the first instances that the rules of o give within 30 years, at most so many; more says that there are others.
func firstInstances(o *object, most int) (set InstanceSet, more bool, err error) {
	from := o.start.In(nil).AddDate(0, 0, -1)
	within := ical.Range{Start: from, End: from.AddDate(30, 0, 0)}
	found, err := o.Instances(context.Background(), within, nil, ical.ExpandLimits{MaxInstances: most})
	if tooMany := (*ical.Error)(nil); errors.As(err, &tooMany) && len(found) >= most {
		more, err = true, nil
	}
	set = make(InstanceSet, len(found))
	for _, i := range found {
		set[instanceOf(i.RecurrenceID, o.start)] = true
	}
	return set, more, err
}
