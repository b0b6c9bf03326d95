package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Quota is the Limit to how much time somebody, or all members of a group together, may book in a period. A booking counts in the period in
// which it starts, by the zone of the room; weeks begin on Monday.
type Quota struct {
	Most  time.Duration
	Per   Period
	Group string // "": each person has that much
}

// Period is a period of a Quota.
type Period string

// The periods.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
	Year  Period = "year"
)

func (q Quota) String() string {
	whose := "person"
	if q.Group != "" {
		whose = "group:" + q.Group
	}
	return fmt.Sprintf("quota %s per %s per %s", formatDuration(q.Most), q.Per, whose)
}

// parseQuota reads such as "10h per week per person" and "40h per month per group:sales".
func parseQuota(l *line) (Limit, error) {
	most, err := parseDuration(l.next())
	if err != nil {
		return nil, err
	}
	q := Quota{Most: most}
	if !l.take("per") {
		return nil, fmt.Errorf("say for which time: quota %s per week per person", formatDuration(most))
	}
	switch q.Per = Period(l.next()); q.Per {
	case Day, Week, Month, Year:
	default:
		return nil, fmt.Errorf("%q is no period: write day, week, month or year", string(q.Per))
	}
	if !l.take("per") {
		return nil, fmt.Errorf("say whose: %s per person, or per group:NAME", strings.TrimSuffix(q.String(), " per person"))
	}
	switch whose := l.next(); {
	case whose == "person":
	case strings.HasPrefix(whose, "group:") && len(whose) > len("group:"):
		q.Group = strings.TrimPrefix(whose, "group:")
	default:
		return nil, fmt.Errorf("%q has no quota: write person, or group:NAME", whose)
	}
	return q, nil
}

// Bounds returns the period that t is in.
func (p Period) Bounds(t time.Time, zone *time.Location) (start, end time.Time) {
	t = t.In(zone)
	date := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, zone)
	}
	y, m, d := t.Date()
	switch p {
	case Week:
		d -= (int(t.Weekday()) + 6) % 7
		return date(y, m, d), date(y, m, d+7)
	case Month:
		return date(y, m, 1), date(y, m+1, 1)
	case Year:
		return date(y, 1, 1), date(y+1, 1, 1)
	}
	return date(y, m, d), date(y, m, d+1)
}

func (q Quota) broken(c *Case, s Slot) (string, bool) {
	if q.Group != "" && !slices.Contains(c.By.Groups, q.Group) {
		return "", false
	}
	start, end := q.Per.Bounds(s.Start, c.zone())
	total := s.End.Sub(s.Start)
	for _, use := range c.used {
		if !use.Start.Before(start) && use.Start.Before(end) && q.counts(c, &use) {
			total += use.End.Sub(use.Start)
		}
	}
	if total <= q.Most {
		return "", false
	}
	whose := "you"
	if q.Group != "" {
		whose = "the group " + q.Group
	}
	return fmt.Sprintf("The quota is used up: %s may book %s a %s.", whose, say(q.Most), q.Per), true
}

// counts says whether a booking is of those that share the quota.
func (q Quota) counts(c *Case, use *Use) bool {
	if q.Group != "" {
		return slices.Contains(use.Groups, q.Group)
	}
	return use.Address != "" && slices.Contains(c.By.Addresses, use.Address)
}
