// Package policy is the language in which rooms, resources and people say how they answer invitations without anybody looking at them:
// an ordered list of rules of which the first that decides wins (docs/rooms.md). Parse reads it, String writes it in one form, and Decide
// says what becomes of a request. Nothing is looked up, booked or sent here, and the clock comes in.
package policy

import "time"

// Policy is how a room, resource or person answers. Policies are shared by their readers: never change one. The zero Policy leaves all to
// what is done by default: see Case.Room.
type Policy struct {
	Capacity int      // how many bookings there may be at one time; 0: not said
	Pool     []string // names of the rooms or resources of which a free one gets what is booked here
	Series   Series
	Counter  Counter
	Crashers Crashers
	Rules    []Rule
}

// Series says what becomes of a series if some of its instances cannot be had.
type Series struct {
	Set   bool // false: DefaultShare
	Share int  // up to how many in a hundred are declined, and the rest accepted; 0: all or nothing
}

// DefaultShare is Series.Share of a policy that does not say.
const DefaultShare = 20

// share is how many of a hundred instances may be declined of a series that is accepted.
func (s Series) share() int {
	if s.Set {
		return s.Share
	}
	return DefaultShare
}

// Counter asks for a COUNTER (RFC 5546 section 3.2.7) with the next free time beside the refusal of what could be had at another time.
type Counter struct {
	Within time.Duration // how long after the time that was asked for; 0: none is sent
	Hold   time.Duration // how long the offered time is kept free for the organizer
}

// Crashers says what an organizer does about answers of people who were not invited (RFC 5546 section 3.2.2.6).
type Crashers string

// What becomes of crashers.
const (
	CrashersUnset  Crashers = ""
	CrashersIgnore Crashers = "ignore" // nothing at all
	CrashersAsk    Crashers = "ask"    // it lies in the Inbox for the organizer to decide
	CrashersAdd    Crashers = "add"    // they are invited
)

// Action is what becomes of a request.
type Action string

// The actions.
const (
	Accept    Action = "accept"    // PARTSTAT=ACCEPTED
	Tentative Action = "tentative" // PARTSTAT=TENTATIVE; of a room the time is taken
	Ask       Action = "ask"       // the same, until the manager answers
	Decline   Action = "decline"   // PARTSTAT=DECLINED
	Leave     Action = "leave"     // no answer: somebody will do that by hand
)

// takes says whether the action of a room takes the time.
func (a Action) takes() bool { return a == Accept || a == Tentative || a == Ask }

// When says for which requests a rule is.
type When string

// When a rule applies.
const (
	Always   When = ""
	WhenFree When = "free"
	WhenBusy When = "busy"
)

// Rule is one line. Without Limit it decides whatever it is for. With one, it decides about what breaks the limit.
type Rule struct {
	Limit Limit
	Do    Action
	When  When // only without Limit
	From  []Who
	Text  string // for the organizer; "": one that says why
}

// Limit is a bound on what may be asked for: Only, Hours, Ahead, Length or Quota.
type Limit interface {
	// String returns it as the language has it.
	String() string
	// broken says why a slot of a case breaks it, in a sentence for the organizer, "" if it does not; and whether another time might do.
	broken(c *Case, s Slot) (why string, elsewhen bool)
}
