package itip

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"convene/ical"
)

// Method is an iTIP method (RFC 5546 section 1.4).
type Method string

// The methods.
const (
	Request        Method = "REQUEST"
	Reply          Method = "REPLY"
	Cancel         Method = "CANCEL"
	Add            Method = "ADD"
	Counter        Method = "COUNTER"
	DeclineCounter Method = "DECLINECOUNTER"
	Refresh        Method = "REFRESH"
)

// Message is a scheduling message (RFC 5546) to one person.
type Message struct {
	Method   Method
	Object   *ical.Object // without METHOD
	From, To Address      // as they stand in the object

	// Quiet says that only the list of attendees or their answers have changed: local copies follow (RFC 6638 section 4.2), in which
	// the schedule tag stays, but nobody need be told.
	Quiet bool
}

// ErrMessage says that a message cannot be understood (CALDAV:valid-scheduling-message).
var ErrMessage = errors.New("itip: not a valid scheduling message")

// Bytes returns the message with its METHOD, as it is sent and as it lies in an Inbox.
func (m Message) Bytes() []byte {
	raw := m.Object.Raw()
	if m.Method == Refresh { // RFC 5546 section 3.2.6 wants no DTSTART, without which there is no Object
		var e edits
		for _, c := range m.Object.Parts {
			for p := range c.AllProps("DTSTART") {
				e.remove(p)
			}
		}
		raw = e.apply(raw)
	}
	at := bytes.IndexByte(raw, '\n') + 1
	out := make([]byte, 0, len(raw)+24)
	out = append(out, raw[:at]...)
	out = append(append(append(out, "METHOD:"...), m.Method...), '\r', '\n')
	return append(out, raw[at:]...)
}

// ParseMessage reads a message of VEVENT or VTODO components. Where RFC 5546 lets a reply or a cancellation be without DTSTART, its
// RECURRENCE-ID or 1970 stands for it. From and To are the caller's to fill in. Errors wrap ErrMessage.
func ParseMessage(raw []byte, lim ical.Limits) (Message, error) {
	calendar, err := ical.Parse(raw, lim)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	method := calendar.Prop("METHOD")
	if method == nil {
		return Message{}, fmt.Errorf("%w: no METHOD", ErrMessage)
	}
	m := Message{Method: Method(strings.ToUpper(strings.TrimSpace(method.Value)))}
	switch m.Method {
	case Request, Reply, Cancel, Add, Counter, DeclineCounter, Refresh:
	default:
		return Message{}, fmt.Errorf("%w: METHOD:%.20q", ErrMessage, m.Method)
	}
	var edits edits
	for p := range calendar.AllProps("METHOD") {
		edits.remove(p)
	}
	for _, c := range calendar.Children {
		if c.Name != "VEVENT" || c.Prop("DTSTART") != nil {
			continue
		}
		line := []byte("DTSTART:19700101T000000Z\r\n")
		if id := c.Prop("RECURRENCE-ID"); id != nil {
			line = ical.AppendLine(nil, "DTSTART", without(id.Params, "RANGE"), id.Value)
		}
		edits.insert(bodyOf(raw, c), line)
	}
	m.Object, err = ical.ParseObject(edits.apply(raw), lim)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if m.Object.Component != "VEVENT" && m.Object.Component != "VTODO" {
		return Message{}, fmt.Errorf("%w: a %s", ErrMessage, m.Object.Component)
	}
	return m, nil
}

// Context is what the functions of this package need to know besides the objects.
type Context struct {
	Now    time.Time // becomes DTSTAMP of messages
	Owner  Address   // whose copy it is
	People People    // everybody's addresses, the owner's among them
	SentBy Address   // who acts for the owner; "": the owner

	// Stale says that the object was written by somebody who may not have seen the latest answers (If-Schedule-Tag-Match, RFC 6638
	// section 3.2.10.1): all of them are kept. Otherwise the organizer may ask again by writing PARTSTAT=NEEDS-ACTION.
	Stale bool

	// Silent says that the attendee who removes the object does not want to answer (Schedule-Reply: F, RFC 6638 section 8.1).
	Silent bool
}

// owner says whether p names the owner of the copy.
func (ctx *Context) owner(p *ical.Property) bool {
	return p != nil && ctx.People.ofProperty(p) == ctx.People.Of(ctx.Owner)
}
