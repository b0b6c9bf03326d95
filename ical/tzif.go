package ical

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of what a VTIMEZONE is turned into: the last year for which onsets of a rule are listed that a TZif footer
// cannot say, transitions in all, and octets of the abbreviations.
const (
	lastListedYear = 2100
	maxTransitions = 4000
	maxAbbrevs     = 200
)

// transition is a change of the offset.
type transition struct {
	at  int64 // seconds since 1970
	obs *observance
}

// tzifOf turns observances into TZif data (RFC 9636) that package time can load: the transitions up to where two
// endless rules take over, and those as a footer.
func tzifOf(observances []observance) []byte {
	footer, until := footerOf(observances)
	list := transitionsOf(observances, until)
	if footer == "" {
		footer = posixName(list[len(list)-1].obs) + posixOffset(-list[len(list)-1].obs.to)
	}
	// The first type is used by no transition: it holds before the first of them.
	t := tzifWriter{}
	first := list[0].obs
	t.addType(&observance{to: first.from, name: offsetName(first.from)})
	for _, tr := range list {
		t.times = binary.BigEndian.AppendUint64(t.times, uint64(tr.at))
		t.indexes = append(t.indexes, t.typeOf(tr.obs))
	}
	return t.finish(footer)
}

// transitionsOf lists the onsets in their order, those of rules up to the year until.
func transitionsOf(observances []observance, until int) []transition {
	var list []transition
	for i := range observances {
		obs := &observances[i]
		list = append(list, transition{obs.onset(obs.start), obs})
		for _, date := range obs.dates {
			list = append(list, transition{obs.onset(date), obs})
		}
		if obs.rule != nil {
			list = obs.rule.appendOnsets(list, obs, until)
		}
	}
	slices.SortStableFunc(list, func(a, b transition) int { return cmp.Compare(a.at, b.at) })
	unique := list[:0]
	for i, tr := range list {
		if i+1 == len(list) || list[i+1].at != tr.at {
			unique = append(unique, tr)
		}
	}
	return unique
}

// appendOnsets appends the onsets of r after DTSTART, up to the year until.
func (r *yearly) appendOnsets(list []transition, obs *observance, until int) []transition {
	clock := obs.start.Sub(obs.start.Truncate(24 * time.Hour))
	count := 1 // DTSTART is the first
	for year := obs.start.Year(); year <= until && len(list) < maxTransitions; year += r.interval {
		day, ok := r.in(year)
		if !ok {
			continue
		}
		local := day.Add(clock)
		if !local.After(obs.start) {
			continue
		}
		at := obs.onset(local)
		count++
		if at > r.until || r.count > 0 && count > r.count {
			break
		}
		list = append(list, transition{at, obs})
	}
	return list
}

// footerOf returns the TZif footer that two endless yearly rules amount to, and the year from which on they alone
// decide. If they cannot be put so, it is "" and the last year whose onsets are to be listed.
func footerOf(observances []observance) (footer string, until int) {
	var endless []*observance
	for i := range observances {
		obs := &observances[i]
		until = max(until, obs.start.Year())
		for _, date := range obs.dates {
			until = max(until, date.Year())
		}
		switch {
		case obs.rule == nil:
		case obs.rule.endless():
			endless = append(endless, obs)
		case obs.rule.count > 0:
			until = max(until, obs.start.Year()+obs.rule.count*obs.rule.interval)
		default:
			until = max(until, time.Unix(obs.rule.until, 0).UTC().Year())
		}
	}
	until = min(until, 9999)
	if len(endless) == 0 {
		return "", until
	}
	if len(endless) == 2 {
		std, dst := endless[0], endless[1]
		if std.dst && !dst.dst {
			std, dst = dst, std
		}
		toStd, ok1 := std.posixRule(dst)
		toDST, ok2 := dst.posixRule(std)
		if ok1 && ok2 && std.to != dst.to {
			names := posixName(std) + posixOffset(-std.to) + posixName(dst) + posixOffset(-dst.to)
			return names + "," + toDST + "," + toStd, until + 1
		}
	}
	return "", max(until, lastListedYear)
}

// posixRule returns the onset of obs as a POSIX TZ rule Mm.w.d/time, whose time is that of the clock before it, which
// the observance before sets.
func (obs *observance) posixRule(before *observance) (string, bool) {
	r := obs.rule
	if !r.byDay || r.interval != 1 {
		return "", false
	}
	week, weekday := r.week, int(r.weekday)
	clock := int(obs.start.Sub(obs.start.Truncate(24*time.Hour))/time.Second) - obs.from + before.to
	switch {
	case week == -1:
		week = 5
	case week < 0 || week == 5: // a fifth one is not there every year; in POSIX it would mean the last
		return "", false
	case week == 0:
		// The weekday on or after day first is the weekday before by (first-1)%7 days in week (first-1)/7+1, so much later.
		first := slices.Min(r.days)
		if first < 1 || first > 28 || !consecutive(r.days, 7) {
			return "", false
		}
		shift := (first - 1) % 7
		week = (first-1)/7 + 1
		weekday = (weekday - shift + 7) % 7
		clock += shift * 86400
	}
	if clock <= -167*3600 || clock >= 167*3600 {
		return "", false
	}
	return fmt.Sprintf("M%d.%d.%d/%s", r.month, week, weekday, posixOffset(clock)), true
}

// consecutive says whether days holds n numbers in a row, in any order.
func consecutive(days []int, n int) bool {
	sorted := slices.Compact(slices.Sorted(slices.Values(days)))
	return len(sorted) == n && sorted[n-1]-sorted[0] == n-1
}

// posixOffset renders seconds as [-]h[:mm[:ss]].
func posixOffset(seconds int) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := fmt.Sprintf("%s%d", sign, seconds/3600)
	if seconds%3600 != 0 {
		s += fmt.Sprintf(":%02d", seconds/60%60)
	}
	if seconds%60 != 0 {
		s += fmt.Sprintf(":%02d", seconds%60)
	}
	return s
}

// posixName returns the abbreviation of obs in the quoted form of POSIX.
func posixName(obs *observance) string { return "<" + obs.abbrev() + ">" }

// abbrev returns a short name for obs that is safe in TZif data: TZNAME, else its offset.
func (obs *observance) abbrev() string {
	name := strings.Map(func(c rune) rune {
		if c < 0x80 && nameByte[c] && c != '.' && c != '/' && c != '_' || c == '+' {
			return c
		}
		return -1
	}, obs.name)
	if len(name) < 3 || len(name) > 12 {
		return offsetName(obs.to)
	}
	return name
}

// offsetName is the abbreviation of an offset without a name: "+01", "-0330".
func offsetName(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d", sign, seconds/3600)
	if seconds%3600 != 0 {
		s += fmt.Sprintf("%02d", seconds/60%60)
	}
	return s
}

// tzifWriter collects the parts of a TZif data block.
type tzifWriter struct {
	times, indexes, types, abbrevs []byte
	known                          []localType
}

// localType is a local time type record.
type localType struct {
	to   int
	dst  bool
	name string
}

// typeOf returns the index of obs's type, added if it is new. The first type is left alone.
func (t *tzifWriter) typeOf(obs *observance) byte {
	want := localType{obs.to, obs.dst, obs.abbrev()}
	if at := slices.Index(t.known[1:], want); at >= 0 {
		return byte(at + 1)
	}
	if len(t.known) == 256 {
		return 255
	}
	return t.addType(obs)
}

func (t *tzifWriter) addType(obs *observance) byte {
	name := obs.abbrev()
	at := strings.Index(string(t.abbrevs), name+"\x00")
	if at < 0 && len(t.abbrevs) > maxAbbrevs {
		at = 0
	}
	if at < 0 {
		at = len(t.abbrevs)
		t.abbrevs = append(append(t.abbrevs, name...), 0)
	}
	dst := byte(0)
	if obs.dst {
		dst = 1
	}
	t.types = binary.BigEndian.AppendUint32(t.types, uint32(int32(obs.to)))
	t.types = append(t.types, dst, byte(at))
	t.known = append(t.known, localType{obs.to, obs.dst, name})
	return byte(len(t.known) - 1)
}

// finish returns the whole: an empty version 1 block, the version 2 block, the footer.
func (t *tzifWriter) finish(footer string) []byte {
	const header = "TZif2\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	data := make([]byte, 0, 2*44+len(t.times)+len(t.indexes)+len(t.types)+len(t.abbrevs)+len(footer)+2)
	data = append(data, header...)
	data = append(data, make([]byte, 24)...)
	data = append(data, header...)
	for _, count := range []int{0, 0, 0, len(t.indexes), len(t.known), len(t.abbrevs)} {
		data = binary.BigEndian.AppendUint32(data, uint32(count))
	}
	for _, part := range [][]byte{t.times, t.indexes, t.types, t.abbrevs} {
		data = append(data, part...)
	}
	return append(append(append(data, '\n'), footer...), '\n')
}
