package ical

import "time"

// step is a change of the offset of an IANA zone.
type step struct {
	at       int64 // seconds since 1970
	from, to int   // seconds east of Greenwich
	dst      bool
	name     string
}

// kind is the step without its time: steps of one kind share an observance.
func (s step) kind() step { return step{from: s.from, to: s.to, dst: s.dst, name: s.name} }

// local returns the local clock at the step, before it, as if it were UTC.
func (s step) local() time.Time { return time.Unix(s.at+int64(s.from), 0).UTC() }

// AppendVTimezone appends a VTIMEZONE called tzid that is right between from and to, and after to as long as the zone
// keeps its present yearly rules. The error, an *Error, is for a tzid that ZoneByName does not know.
func AppendVTimezone(dst []byte, tzid string, from, to time.Time) ([]byte, error) {
	entry := allZones().find(tzid)
	if entry == nil {
		return dst, fail(InvalidData, 0, "no zone is called %s", quote(tzid))
	}
	loc := entry.location()
	steps := stepsOf(loc, from, to.AddDate(2, 0, 0)) // two more years, to see both onsets of a rule
	onsets := footerOnsets(entry.data)
	ruled := ruledFrom(steps, onsets)

	dst = AppendLine(dst, "BEGIN", nil, "VTIMEZONE")
	dst = AppendLine(dst, "TZID", nil, EscapeText(tzid))
	if len(steps) == 0 {
		dst = appendFixed(dst, loc, from)
	}
	done := map[step]bool{}
	for i, s := range steps {
		switch {
		case i >= ruled+2 || i < ruled && (done[s.kind()] || s.at > to.Unix()):
			continue
		case i >= ruled:
			dst = appendObservance(dst, s, nil, onsets[s.kind()].rule)
			continue
		}
		done[s.kind()] = true
		var more []step
		for _, later := range steps[i+1 : ruled] {
			if later.kind() == s.kind() && later.at <= to.Unix() {
				more = append(more, later)
			}
		}
		dst = appendObservance(dst, s, more, "")
	}
	return AppendLine(dst, "END", nil, "VTIMEZONE"), nil
}

// stepsOf lists the changes of loc from the one that led to the offset at from, up to to.
func stepsOf(loc *time.Location, from, to time.Time) []step {
	const most = 2000
	var steps []step
	start, _ := from.In(loc).ZoneBounds()
	if start.IsZero() {
		start = from.In(loc)
	}
	for t := start.Add(-time.Second); t.Before(to) && len(steps) < most; {
		// Beyond the listed transitions ZoneBounds ends at new year too, where nothing changes, and in leap years a day
		// before that, even for times after it.
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		if !end.After(t) {
			t = t.AddDate(0, 0, 1)
			continue
		}
		_, before := t.Zone()
		name, after := end.Zone()
		if before != after || t.IsDST() != end.IsDST() {
			steps = append(steps, step{end.Unix(), before, after, end.IsDST(), name})
		}
		t = end
	}
	return steps
}

// ruledFrom returns the index from which on steps are those of the two yearly rules in onsets, every year, or
// len(steps).
func ruledFrom(steps []step, onsets map[step]onset) int {
	first := len(steps)
	for first > 0 {
		s := steps[first-1]
		if yearly, ok := onsets[s.kind()]; !ok || !yearly.at(s) {
			break
		}
		if first < len(steps) && steps[first].kind() == s.kind() {
			break
		}
		if first+1 < len(steps) && steps[first+1].local().Year() != s.local().Year()+1 {
			break
		}
		first--
	}
	if len(steps)-first < 2 {
		return len(steps)
	}
	return first
}

// at says whether s is one of the onsets.
func (o onset) at(s step) bool {
	obs := observance{from: s.from, start: s.local()}
	r := obs.parseYearly(o.rule)
	if r == nil {
		return false
	}
	day, ok := r.in(obs.start.Year())
	return ok && day.Add(time.Duration(o.clock)*time.Second).Equal(obs.start)
}

// appendObservance appends the observance of s, with more onsets of its kind and an RRULE if there is one.
func appendObservance(dst []byte, s step, more []step, rule string) []byte {
	const clock = "20060102T150405"
	name := "STANDARD"
	if s.dst {
		name = "DAYLIGHT"
	}
	dst = AppendLine(dst, "BEGIN", nil, name)
	dst = AppendLine(dst, "TZOFFSETFROM", nil, utcOffset(s.from))
	dst = AppendLine(dst, "TZOFFSETTO", nil, utcOffset(s.to))
	dst = AppendLine(dst, "TZNAME", nil, EscapeText(s.name))
	dst = AppendLine(dst, "DTSTART", nil, s.local().Format(clock))
	if rule != "" {
		dst = AppendLine(dst, "RRULE", nil, rule)
	}
	for _, later := range more {
		dst = AppendLine(dst, "RDATE", nil, later.local().Format(clock))
	}
	return AppendLine(dst, "END", nil, name)
}

// appendFixed appends the one observance of a zone that does not change its offset from from on.
func appendFixed(dst []byte, loc *time.Location, from time.Time) []byte {
	name, offset := from.In(loc).Zone()
	start := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	if from.Before(start) {
		start = time.Date(from.Year()-1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return appendObservance(dst, step{at: start.Unix() - int64(offset), from: offset, to: offset, name: name}, nil, "")
}

// utcOffset renders a UTC-OFFSET (RFC 5545 section 3.3.14).
func utcOffset(seconds int) string { return string(appendOffset(nil, seconds)) }

// appendOffset appends a UTC-OFFSET.
func appendOffset(dst []byte, seconds int) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendInt(append(dst, sign), int64(seconds/3600), 2)
	dst = appendInt(dst, int64(seconds/60%60), 2)
	if seconds%60 != 0 {
		dst = appendInt(dst, int64(seconds%60), 2)
	}
	return dst
}
