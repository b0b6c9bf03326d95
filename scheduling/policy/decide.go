package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Decision is what becomes of one slot.
type Decision struct {
	Action Action
	Unit   int    // which is taken, if one is
	Text   string // for the organizer; may be ""
	Rule   string // the line of the policy by which it is so; "": what is done by default

	elsewhen bool // it is declined, but another time might do
}

// Verdict is what becomes of a request.
type Verdict struct {
	Action Action // of an event, or of the series as such
	Text   string // for the organizer; may be ""
	Rule   string // see Decision; of a series that of the first date that has this Action
	Each   []Decision
	Offer  *Taken // a time to propose, with the unit that is free then; nil: none
}

// Decide says what becomes of a request.
func (p *Policy) Decide(request *Case) Verdict {
	c := request.prepare(p)
	v := Verdict{Action: Leave, Each: p.each(c)}
	switch {
	case len(v.Each) == 0:
	case c.Series:
		p.combine(c, &v)
	default:
		v.Action, v.Text, v.Rule = v.Each[0].Action, v.Each[0].Text, v.Each[0].Rule
		if v.Each[0].elsewhen && !c.Extends {
			v.Offer = p.offer(c, c.Slots[0])
		}
	}
	return v
}

// Each says what becomes of each slot by itself.
func (p *Policy) Each(request *Case) []Decision { return p.each(request.prepare(p)) }

func (p *Policy) each(c *Case) []Decision {
	list := make([]Decision, len(c.Slots))
	for i, s := range c.Slots {
		list[i] = p.judge(c, s)
		if list[i].Action.takes() {
			c.take(s, list[i].Unit)
		}
	}
	return list
}

// judge finds the first rule that decides about a slot.
func (p *Policy) judge(c *Case, s Slot) Decision {
	unit := c.free(s)
	free := unit >= 0
	for _, r := range p.Rules {
		if !covers(r.From, &c.By) || c.Room && !free && r.Do.takes() {
			continue
		}
		why, elsewhen := "", false
		switch {
		case r.Limit != nil:
			if why, elsewhen = r.Limit.broken(c, s); why == "" {
				continue
			}
			elsewhen = elsewhen && r.Do == Decline
			if r.Do == Ask {
				why += " " + c.why(Ask, true)
			}
		case r.When == WhenFree && !free, r.When == WhenBusy && free:
			continue
		default:
			why, elsewhen = c.why(r.Do, free), r.When == WhenBusy && r.Do == Decline
		}
		if r.Text != "" {
			why = r.Text
		}
		return Decision{r.Do, max(unit, 0), why, r.String(), elsewhen}
	}
	switch {
	case !c.Room:
		return Decision{Action: Leave}
	case free:
		return Decision{Action: Accept, Unit: unit}
	}
	return Decision{Action: Decline, Text: c.why(Decline, false), elsewhen: true}
}

// why is what the organizer is told if no text is given.
func (c *Case) why(do Action, free bool) string {
	switch {
	case do == Ask:
		return "This has to be approved first."
	case do != Decline:
		return ""
	case free:
		return "This is not accepted."
	case c.Room:
		return "It is taken at that time."
	}
	return "Not free at that time."
}

// combine makes one verdict of those about the instances of a series. All that are not declined get the same answer.
func (p *Policy) combine(c *Case, v *Verdict) {
	v.Action = Accept
	declined, text := 0, ""
	for _, d := range v.Each {
		switch {
		case d.Action == Leave:
			v.Action = Leave
			return
		case d.Action == Decline:
			declined++
			continue
		case d.Action == Ask, d.Action == Tentative && v.Action == Accept:
			v.Action = d.Action
			text = d.Text
		case text == "":
			text = d.Text
		}
	}
	v.Text = text
	if declined > 0 {
		v.Text = strings.TrimSpace(text + " " + c.refused(v.Each, declined))
	}
	if declined == len(v.Each) || declined*100 > p.Series.share()*len(v.Each) {
		v.Action = Decline
	}
	if i := slices.IndexFunc(v.Each, func(d Decision) bool { return d.Action == v.Action }); i >= 0 {
		v.Rule = v.Each[i].Rule
	}
	for i := range v.Each {
		if v.Action == Decline {
			v.Each[i].Action = Decline
		}
		if v.Each[i].Action != Decline {
			v.Each[i].Action = v.Action
		}
	}
}

// maxDates bounds how many dates are told.
const maxDates = 10

// refused tells which instances of a series cannot be had, and why the first of them cannot.
func (c *Case) refused(each []Decision, n int) string {
	var dates []string
	why := ""
	for i, d := range each {
		if d.Action != Decline {
			continue
		}
		if why == "" {
			why = d.Text
		}
		if len(dates) < maxDates {
			dates = append(dates, c.Slots[i].Start.In(c.zone()).Format("2006-01-02 15:04"))
		}
	}
	more := ""
	if n > len(dates) {
		more = fmt.Sprintf(" and %d more", n-len(dates))
	}
	return fmt.Sprintf("%d of %d dates cannot be had: %s%s. %s", n, len(each), strings.Join(dates, ", "), more, why)
}
