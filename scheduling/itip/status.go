package itip

import (
	"convene/ical"
)

// SetStatus returns o with SCHEDULE-STATUS (RFC 6638 section 3.2.9) set on the ATTENDEEs and the ORGANIZER of the people in codes, by
// what became of the messages to them: "1.2", "5.1", or several with commas between. Nothing else changes; what is in codes under
// one address of a person counts for all of them.
func SetStatus(o *ical.Object, people People, codes map[Address]string) []byte {
	byPerson := make(map[Address]string, len(codes))
	for a, code := range codes {
		byPerson[people.Of(a)] = code
	}
	var e edits
	for _, c := range o.Parts {
		for i := range c.Props {
			p := &c.Props[i]
			if p.Name != "ATTENDEE" && p.Name != "ORGANIZER" || agent(p) != "SERVER" {
				continue
			}
			code, ok := byPerson[people.ofProperty(p)]
			if !ok || p.Param("SCHEDULE-STATUS") == code {
				continue
			}
			e.replace(p, lineOf(p, with(p.Params, "SCHEDULE-STATUS", code)))
		}
	}
	return e.apply(o.Raw())
}

// External returns m as it goes to another server, or is to be taken from one, without what only this one understands and may say.
func (m Message) External() (Message, error) {
	var e edits
	for p := range m.Object.Calendar.AllProps(knowingProp) {
		e.remove(p)
	}
	for _, c := range m.Object.Parts {
		for p := range c.AllProps("ATTENDEE") {
			if p.Param(answerParam) != "" {
				e.replace(p, lineOf(p, without(p.Params, answerParam)))
			}
		}
		for p := range c.AllProps(declinedProp) {
			e.remove(p)
		}
	}
	o, err := ical.ParseObject(e.apply(m.Object.Raw()), ical.StoredLimits)
	m.Object = o
	return m, err
}

// Show returns a REQUEST for each person in to that shows what it is invited to of organizer, the organizer's copy, as it is: the same
// revision again, for local copies to catch up with answers that came in one after another, and for whoever has lost the event.
// Those who are not invited get nothing.
func Show(ctx Context, organizer *ical.Object, to []Address) ([]Message, error) {
	o := read(organizer)
	by, err := o.organizer(ctx.People)
	if err != nil || by == nil {
		return nil, err
	}
	w := writer{ctx: &ctx, object: o, forward: true}
	var messages []Message
	for _, a := range to {
		v := ctx.viewOf(o, ctx.People.Of(a))
		if v.empty() {
			continue
		}
		body, err := w.request(&v)
		if err != nil {
			return nil, err
		}
		messages = append(messages, Message{Method: Request, Object: body, From: ParseAddress(by.Value), To: a, Quiet: true})
	}
	return messages, nil
}
