package policy

import (
	"fmt"
	"strings"
)

// String writes the policy in its normal form, which Parse reads as the same: what holds for all of it first, then the rules.
func (p *Policy) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if p.Capacity > 0 {
		line("capacity %d", p.Capacity)
	}
	if len(p.Pool) > 0 {
		line("pool %s", strings.Join(p.Pool, " "))
	}
	switch {
	case !p.Series.Set:
	case p.Series.Share == 0:
		line("series all")
	case p.Series.Share == 100:
		line("series partly")
	default:
		line("series partly at most %d%%", p.Series.Share)
	}
	if p.Counter.Within > 0 {
		b.WriteString("counter within " + formatDuration(p.Counter.Within))
		if p.Counter.Hold > 0 {
			b.WriteString(" hold " + formatDuration(p.Counter.Hold))
		}
		b.WriteString("\n")
	}
	if p.Crashers != CrashersUnset {
		line("crashers %s", p.Crashers)
	}
	for i := range p.Rules {
		line("%s", p.Rules[i].String())
	}
	return b.String()
}

// String writes the rule as a line of a policy.
func (r *Rule) String() string {
	text := string(r.Do)
	if r.Limit != nil {
		text = r.Limit.String()
	}
	if r.When != Always {
		text += " when " + string(r.When)
	}
	if len(r.From) > 0 {
		text += " from" + whoText(r.From)
	}
	if r.Limit != nil && r.Do != Decline {
		text += " else " + string(r.Do)
	}
	if r.Text != "" {
		text += " " + quote(r.Text)
	}
	return text
}
