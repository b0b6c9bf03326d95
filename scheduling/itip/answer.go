package itip

import (
	"strconv"
	"strings"

	"convene/ical"
)

// answerParam holds the revision of an attendee's answer: SEQUENCE and DTSTAMP of the reply, or SEQUENCE alone where all answers
// before it were voided (RFC 5546 section 2.1.5 wants them kept).
const answerParam = "X-CONVENE-ANSWER"

// answer is what an attendee has answered.
type answer struct {
	partStat string // upper case; "" is NEEDS-ACTION
	rev      Revision
	series   bool // it was given to the series: an override has it from there
}

// answerOf reads the answer in an ATTENDEE, which may be nil.
func answerOf(p *ical.Property) (a answer) {
	if p == nil {
		return a
	}
	a.partStat = partStat(p)
	if text := p.Param(answerParam); text != "" {
		number, stamp, _ := strings.Cut(text, "-")
		a.rev.Sequence = sequence(number)
		if stamp, a.series = strings.CutSuffix(stamp, "-S"); stamp != "" {
			a.rev.Stamp = stampOf(stamp)
		}
	}
	return a
}

// partStat returns the PARTSTAT of p in upper case, "" for NEEDS-ACTION, which it is by default.
func partStat(p *ical.Property) string {
	s := strings.ToUpper(p.Param("PARTSTAT"))
	if s == "NEEDS-ACTION" {
		return ""
	}
	return s
}

// PartStat returns what ctx.Owner has answered by o, which may be nil: the PARTSTAT (RFC 5545 section 3.2.12) of its ATTENDEE in the
// master, or where it is not invited to that in the first component to which it is, in upper case. "NEEDS-ACTION" if there is no such
// parameter, "" if the owner is not invited.
func PartStat(ctx Context, o *ical.Object) string {
	x := read(o)
	for i := range x.parts {
		switch own := ctx.ownerIn(&x.parts[i]); {
		case own == nil:
		case partStat(own) == "":
			return "NEEDS-ACTION"
		default:
			return partStat(own)
		}
	}
	return ""
}

// text returns the value of answerParam.
func (a answer) text() string {
	switch {
	case a.rev == Revision{}:
		return ""
	case a.rev.Stamp == 0:
		return strconv.Itoa(a.rev.Sequence)
	}
	text := strconv.Itoa(a.rev.Sequence) + "-" + stampText(a.rev.Stamp)
	if a.series {
		text += "-S"
	}
	return text
}

// same says whether a and b are the same answer.
func (a answer) same(b answer) bool { return a.partStat == b.partStat && a.rev == b.rev }

// after says whether a, which a reply has, is later than b: by its revision, or where that is the same, as with repliers who do not give
// each of their answers a DTSTAMP of its own, because it is another one.
func (a answer) after(b answer) bool {
	order := a.rev.Compare(b.rev)
	return order > 0 || order == 0 && a.partStat != b.partStat
}

// givenAfter says whether a is an answer, and not only that answers are void, and later than b.
func (a answer) givenAfter(b answer) bool { return a.rev.Stamp != 0 && a.rev.Compare(b.rev) > 0 }

// inherited returns a, an answer to the series, as an override has it.
func (a answer) inherited() answer {
	a.series = a.rev.Stamp != 0
	return a
}

// put returns the parameters of an ATTENDEE with the answer.
func (a answer) put(params []ical.Param) []ical.Param {
	status := a.partStat
	if status == "" {
		status = "NEEDS-ACTION"
		old := ""
		for _, p := range params {
			if p.Name == "PARTSTAT" && len(p.Values) > 0 {
				old = p.Values[0]
			}
		}
		if old == "" {
			status = ""
		}
	}
	return with(with(params, "PARTSTAT", status), answerParam, a.text())
}

// agent says who sends messages to p: "SERVER", "CLIENT" or "NONE" (RFC 6638 section 7.1). What is not known counts as NONE, as the
// RFC demands.
func agent(p *ical.Property) string {
	switch a := strings.ToUpper(p.Param("SCHEDULE-AGENT")); a {
	case "", "SERVER":
		return "SERVER"
	case "CLIENT":
		return a
	}
	return "NONE"
}
