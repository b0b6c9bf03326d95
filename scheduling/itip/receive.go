package itip

import (
	"bytes"
	"errors"
	"strings"

	"convene/ical"
)

// Outcome is what came of a message.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"   // there was no copy: Object is one
	Applied   Outcome = "applied"   // Object is the new copy
	Unchanged Outcome = "unchanged" // the copy says all of it already
	Stale     Outcome = "stale"     // the copy knows later ones
	Unknown   Outcome = "unknown"   // nobody knows what it is about; of a CANCEL Object is a cancelled copy that may be kept
	Proposed  Outcome = "proposed"  // a COUNTER, for the organizer to decide
	Noted     Outcome = "noted"     // it is for people alone: DECLINECOUNTER
	Sent      Outcome = "sent"      // a REFRESH was answered
	Refused   Outcome = "refused"   // from somebody who is not invited: see Crashers
)

// Result is what a message makes of somebody's copy.
type Result struct {
	Outcome Outcome
	Object  []byte // the new copy; nil: it stays as it is
	Quiet   bool   // only other attendees or answers have changed: the schedule tag stays (RFC 6638 section 3.2.10)

	// Same says that Object is the same, and the Outcome too, for all recipients who have no copy yet of a message with the same
	// Method, Object and From.
	Same bool

	Messages  []Message
	Decisions []Decision
	Crashers  []Address // who answered without being invited (RFC 5546 section 3.2.3)
}

// ErrSender says that a message comes from somebody who may not send it.
var ErrSender = errors.New("itip: the sender is not the one who may send this message")

// ErrNewOrganizer says that a message for a known UID comes from another organizer than the copy has (RFC 5546 section 3.2.2.4), or that
// the copy has none: only a person can tell whether that is meant.
var ErrNewOrganizer = errors.New("itip: not the organizer of the stored copy")

// Receive takes m into stored, the copy of ctx.Owner (nil: there is none), which is not changed. The same message taken in twice
// makes no difference, and neither does the order of messages. Errors are ErrSender, ErrNewOrganizer, ErrSameOrganizer, and such as
// wrap ErrMessage.
func Receive(ctx Context, stored *ical.Object, m Message) (Result, error) {
	if stored != nil && (stored.UID != m.Object.UID || stored.Component != m.Object.Component) {
		return Result{}, ErrMessage
	}
	o, in := read(stored), read(m.Object)
	if err := ctx.checkSender(o, in, m); err != nil {
		return Result{}, err
	}
	switch m.Method {
	case Request, Cancel:
		take := ctx.request
		if m.Method == Cancel {
			take = ctx.cancelled
		}
		r, err := take(o, in)
		r.Same = err == nil && stored == nil && ctx.fromOrganizer(in, m)
		return r, err
	case Add:
		return ctx.added(o, in, m)
	case DeclineCounter:
		return Result{Outcome: Noted}, nil
	case Reply:
		return ctx.reply(o, in, m.From)
	case Counter:
		return ctx.counter(o, in, m.From)
	case Refresh:
		return ctx.refresh(o, m.From)
	}
	return Result{}, ErrMessage
}

// checkSender refuses what comes from the wrong person. A message without ORGANIZER, as some servers reply, is taken to be about
// the organizer of the copy.
func (ctx *Context) checkSender(o, in *object, m Message) error {
	theirs, err := in.organizer(ctx.People)
	if err != nil {
		return err
	}
	ours, _ := o.organizer(ctx.People)
	if theirs != nil && ours != nil && ctx.People.ofProperty(theirs) != ctx.People.ofProperty(ours) {
		return ErrNewOrganizer
	}
	switch m.Method {
	case Reply, Counter, Refresh:
		if ours != nil && !ctx.owner(ours) || !ctx.fromAttendee(in, m.From) {
			return ErrSender
		}
		return nil
	}
	switch {
	case theirs == nil && m.Method == Request:
		return ErrMessage
	case theirs == nil && ours != nil && m.From != "" && !ctx.from(ours, m.From):
		return ErrSender
	case theirs != nil && ours == nil && o.Object != nil: // it is the owner's own, though somebody knows its UID
		return ErrNewOrganizer
	}
	if theirs == nil || ctx.fromOrganizer(in, m) {
		return nil
	}
	for i := range in.parts { // a delegate gets it of the one who delegates
		if own := ctx.ownerIn(&in.parts[i]); own != nil && m.Method == Request {
			for _, a := range addressesIn(own, "DELEGATED-FROM") {
				if ctx.People.Same(a, m.From) {
					return nil
				}
			}
		}
	}
	return ErrSender
}

// fromOrganizer says whether m, of which the object is in, comes from its organizer, or as far as is known.
func (ctx *Context) fromOrganizer(in *object, m Message) bool {
	organizer, err := in.organizer(ctx.People)
	return err == nil && organizer != nil && (m.From == "" || ctx.from(organizer, m.From))
}

// fromAttendee says whether a message, of which the object is in, is about an answer of from, or of somebody for whom it acts; "" is
// whoever it may be.
func (ctx *Context) fromAttendee(in *object, from Address) bool {
	if from == "" {
		return true
	}
	nobody := true
	for i := range in.parts {
		for p := range in.parts[i].AllProps("ATTENDEE") {
			if nobody = false; ctx.from(p, from) {
				return true
			}
		}
	}
	return nobody
}

// from says whether sender is the person in p, or acts for it.
func (ctx *Context) from(p *ical.Property, sender Address) bool {
	value := ParseAddress(p.Value)
	if value == sender || ctx.People.ofProperty(p) == ctx.People.Of(sender) {
		return true
	}
	if !strings.HasPrefix(string(value), "mailto:") && ParseAddress(p.Param("EMAIL")) == sender {
		return true // the value is the path of a principal, or the like
	}
	by := p.Param("SENT-BY")
	return by != "" && ctx.People.Same(ParseAddress(by), sender)
}

// result says what came of taking a message into o, which makes text of it. main: more than attendees and answers has changed.
func result(o *object, text []byte, main bool) Result {
	switch {
	case o.Object == nil:
		return Result{Outcome: Created, Object: text}
	case bytes.Equal(text, o.Raw()):
		return Result{Outcome: Unchanged}
	}
	return Result{Outcome: Applied, Object: text, Quiet: !main}
}
