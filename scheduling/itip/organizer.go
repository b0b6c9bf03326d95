package itip

import (
	"errors"

	"convene/ical"
)

// ErrOrganizerChange says that an organizer may not make this change (CALDAV:allowed-organizer-scheduling-object-change, RFC 6638
// section 3.2.4.3).
var ErrOrganizerChange = errors.New("itip: a change that the organizer may not make")

// Plan is what follows from a change of an object.
type Plan struct {
	Object    []byte // what to store in the place of what was written; nil if the object is removed
	Messages  []Message
	Decisions []Decision // one or more for each other person in it
}

// Decision is what was decided for one person, and why.
type Decision struct {
	To     Address
	Method Method // "": nothing is sent
	Quiet  bool   // see Message
	Rule   Rule
}

// Rule is why a message is sent or not.
type Rule string

// The rules.
const (
	RuleInvited      Rule = "invited"                        // was not before
	RuleRemoved      Rule = "no longer invited"              // or the event is cancelled
	RuleChanged      Rule = "what the attendee sees changed" //
	RuleInstances    Rule = "some instances are cancelled"   //
	RuleForced       Rule = "SCHEDULE-FORCE-SEND"            // RFC 6638 section 3.2.7
	RuleOthers       Rule = "only other attendees changed"   // or what they answered
	RuleUnchanged    Rule = "nothing that the attendee sees changed"
	RuleAgent        Rule = "SCHEDULE-AGENT is not SERVER"
	RuleAnswered     Rule = "the attendee answered"
	RuleNoAnswer     Rule = "the answer is the same"
	RuleScheduleF    Rule = "Schedule-Reply: F"
	RuleAlreadyNo    Rule = "declined or cancelled before"
	RuleDelegated    Rule = "delegated to this person"
	RuleDelegateNo   Rule = "the delegate declined"
	RuleRefreshAsked Rule = "asked for by REFRESH"
)

// Organizer returns what follows when the organizer writes after in the place of before (RFC 6638 section 3.2.1): the copy to store,
// with SEQUENCE, DTSTAMP, answers and SCHEDULE-STATUS as the server keeps them, and the messages. A nil before is a new object, a nil
// after a removed one. ctx.Owner is the organizer. The errors are ErrSameOrganizer and ErrOrganizerChange.
func Organizer(ctx Context, before, after *ical.Object) (Plan, error) {
	b, a := read(before), read(after)
	if err := ctx.checkOrganizer(b, a); err != nil {
		return Plan{}, err
	}
	stamp := ctx.nextStamp(b)
	if after == nil {
		s := sender{ctx: &ctx, before: b, after: a, original: a, stamp: stamp}
		err := s.send()
		return s.plan, err
	}
	if !ctx.serves(b) && !ctx.serves(a) && a.top().Sequence >= b.top().Sequence {
		s := sender{ctx: &ctx, before: b, after: a, original: a}
		err := s.send()
		s.plan.Object = after.Raw()
		return s.plan, err
	}
	rewritten, err := ctx.rewrite(b, a, stamp)
	if err != nil {
		return Plan{}, err
	}
	s := sender{ctx: &ctx, before: b, after: a, original: a, stamp: stamp}
	if rewritten != nil {
		o, err := ical.ParseObject(rewritten, ical.StoredLimits)
		if err != nil {
			return Plan{}, err
		}
		s.after = read(o)
	}
	if err := s.send(); err != nil {
		return Plan{}, err
	}
	s.plan.Object = s.stamped()
	return s.plan, nil
}

// checkOrganizer refuses components with several organizers, and an object that changes hands.
func (ctx *Context) checkOrganizer(b, a *object) error {
	was, _ := b.organizer(ctx.People)
	now, err := a.organizer(ctx.People)
	if err != nil {
		return err
	}
	if now != nil && was != nil && ctx.People.ofProperty(was) != ctx.People.ofProperty(now) && ctx.scheduled(b) {
		return ErrOrganizerChange
	}
	return nil
}

// serves says whether the server is to send messages to anybody in o.
func (ctx *Context) serves(o *object) bool {
	for i := range o.parts {
		for person, p := range ctx.attendees(&o.parts[i]) {
			if person != ctx.People.Of(ctx.Owner) && agent(p) == "SERVER" {
				return true
			}
		}
	}
	return false
}

// scheduled says whether somebody else than the owner is invited to o.
func (ctx *Context) scheduled(o *object) bool {
	for i := range o.parts {
		for person := range ctx.attendees(&o.parts[i]) {
			if person != ctx.People.Of(ctx.Owner) {
				return true
			}
		}
	}
	return false
}
