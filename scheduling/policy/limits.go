package policy

import (
	"fmt"
	"strings"
	"time"
)

// Only is the Limit to some people.
type Only []Who

func (o Only) String() string { return "only" + whoText(o) }

func (o Only) broken(c *Case, _ Slot) (string, bool) {
	if covers(o, &c.By) {
		return "", false
	}
	return "You are not among those who may book it.", false
}

// Bounds are how much something must be and may be; 0: no bound.
type Bounds struct{ Least, Most time.Duration }

func (b Bounds) String() string {
	var text string
	if b.Least > 0 {
		text += " at least " + formatDuration(b.Least)
	}
	if b.Most > 0 {
		text += " at most " + formatDuration(b.Most)
	}
	return text
}

// parseBounds reads "at least 30m at most 4h", one of both being enough.
func parseBounds(l *line) (b Bounds, err error) {
	for {
		var bound *time.Duration
		switch {
		case l.take("at", "least"):
			bound = &b.Least
		case l.take("at", "most"):
			bound = &b.Most
		case b == Bounds{}:
			return b, errBounds
		case b.Most > 0 && b.Least > b.Most:
			return b, fmt.Errorf("nothing is at least %s and at most %s", formatDuration(b.Least), formatDuration(b.Most))
		default:
			return b, nil
		}
		if *bound != 0 {
			return b, fmt.Errorf("the bound is given twice")
		}
		if *bound, err = parseDuration(l.next()); err != nil {
			return b, err
		}
	}
}

// Ahead is the Limit to how long before its start something may be booked. Of a series the start of the last instance counts.
type Ahead Bounds

func (a Ahead) String() string { return "ahead" + Bounds(a).String() }

func (a Ahead) broken(c *Case, s Slot) (string, bool) {
	if c.Extends {
		return "", false // decided when the series was booked
	}
	if a.Least > 0 && s.Start.Before(c.Now.Add(a.Least)) {
		return fmt.Sprintf("It must be booked at least %s ahead.", say(a.Least)), true
	}
	last := s.Start
	if c.Last.After(last) {
		last = c.Last
	}
	if latest := c.Now.Add(a.Most); a.Most > 0 && (c.Endless || last.After(latest)) {
		return fmt.Sprintf("It can be booked %s ahead at most, until %s.", say(a.Most), latest.In(c.zone()).Format("2006-01-02")), false
	}
	return "", false
}

// Length is the Limit to how long one booking may be.
type Length Bounds

func (n Length) String() string { return "length" + Bounds(n).String() }

func (n Length) broken(_ *Case, s Slot) (string, bool) {
	length := s.End.Sub(s.Start)
	switch {
	case n.Least > 0 && length < n.Least:
		return fmt.Sprintf("It can be booked for %s at least.", say(n.Least)), false
	case n.Most > 0 && length > n.Most:
		return fmt.Sprintf("It can be booked for %s at most.", say(n.Most)), false
	}
	return "", false
}

func whoText(list []Who) string {
	var b strings.Builder
	for _, w := range list {
		b.WriteString(" " + string(w))
	}
	return b.String()
}
