package itip

import (
	"fmt"
	"strings"

	"convene/ical"
)

// edit returns raw with the edits that change puts into e.
func (w *world) edit(raw []byte, change func(o *object, e *edits)) []byte {
	o := w.read(raw)
	var e edits
	change(o, &e)
	return e.apply(raw)
}

// anInstance returns an instance of the series, Master if it is none.
func (w *world) anInstance(o *object) Instance {
	m := o.master()
	if m == nil || !recurs(m.Component) {
		return Master
	}
	ids := w.byRules(m).Sorted()
	if len(ids) == 0 {
		return Master
	}
	id := ids[w.rand.IntN(len(ids))]
	if w.chance(4) {
		return Master
	}
	return id
}

// target returns the text of the component for id, made if it is not there, and puts what change makes of it into e.
func (w *world) target(o *object, e *edits, id Instance, change func(text string) string) {
	if p := o.part(id); p != nil {
		text := string(o.Raw()[p.Start:p.End])
		*e = append(*e, edit{p.Start, p.End, []byte(change(text))})
		return
	}
	m := o.master()
	text := string(o.instanceText(m, id, nil))
	e.insert(m.End, []byte(change(text)))
}

// setLine puts line in the place of the line of its name, or adds it.
func setLine(text, name, line string) string {
	var out []string
	done := false
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, l := range strings.SplitAfter(unfolded, "\r\n") {
		if strings.HasPrefix(l, name+":") || strings.HasPrefix(l, name+";") {
			if !done && line != "" {
				out = append(out, line+"\r\n")
			}
			done = true
			continue
		}
		if strings.HasPrefix(l, "END:VEVENT") && !done && line != "" {
			out = append(out, line+"\r\n")
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

// setAttendee changes the line of an attendee with change, which gets "" if there is none.
func setAttendee(text string, a Address, change func(line string) string) string {
	var out []string
	done := false
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, l := range strings.SplitAfter(unfolded, "\r\n") {
		if strings.HasPrefix(l, "ATTENDEE") && strings.HasSuffix(l, ":"+string(a)+"\r\n") {
			if l = change(strings.TrimSuffix(l, "\r\n")); l != "" {
				out = append(out, l+"\r\n")
			}
			done = true
			continue
		}
		if strings.HasPrefix(l, "END:VEVENT") && !done {
			if line := change(""); line != "" {
				out = append(out, line+"\r\n")
			}
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

func parseLine(l string) *ical.Property {
	c, err := ical.Parse([]byte("BEGIN:VCALENDAR\r\n"+l+"\r\nEND:VCALENDAR\r\n"), ical.Limits{})
	if err != nil {
		panic(err)
	}
	return &c.Props[0]
}

// shown writes messages for the log.
type shown []Message

func (messages shown) String() string {
	var all []string
	for _, m := range messages {
		s := string(m.Method) + ">" + string(m.To)[7:10]
		if m.Quiet {
			s += " quiet"
		}
		for _, p := range read(m.Object).parts {
			s += fmt.Sprintf(" [%s %d@%d]", p.id, p.rev.Sequence, p.rev.Stamp%10000)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}
