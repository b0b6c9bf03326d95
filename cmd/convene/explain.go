package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"convene/scheduling"
	"convene/scheduling/itip"
	"convene/store"
)

type explainCommand struct {
	settings
	UID      string `arg:"" name:"uid" help:"UID of the event or task."`
	Owner    string `placeholder:"NAME" help:"Only what was decided for this account's calendars."`
	Limit    int    `placeholder:"N" default:"500" help:"Print at most N decisions, the latest (${default})."`
	Messages bool   `help:"Also print the messages to people outside as they are kept. Their texts are shown, but of private events."`
	JSON     bool   `help:"Print JSON."`
}

// Help shows examples.
func (explainCommand) Help() string {
	return `It says what became of an event: whose calendars it is in, who changed it when, what was sent to whom or was not, by which rule,
and what came of that; and the messages that wait. Nothing is shown of what the event is about.

Decisions are kept for 90 days (scheduling.keep_trace). The UID stands in the event itself, in the line "UID:"; calendar programs
show it under names like "source" or "details".

Examples:
  convene explain 040000008200E00074C5B7101A82E008
  convene explain 7d9e1a3c@cal.example.com --owner ann
  convene explain 7d9e1a3c@cal.example.com --messages
  convene explain 7d9e1a3c@cal.example.com --json --limit 20`
}

// Validate refuses what makes no sense.
func (c *explainCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit has to be 1 or more")
	}
	return nil
}

// Run tells it.
func (c *explainCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		opts := scheduling.ExplainOptions{Limit: c.Limit}
		if c.Owner != "" {
			owner, err := db.principal(run, "", c.Owner)
			if err != nil {
				return err
			}
			opts.Owner = owner
		}
		x, err := scheduling.Explain(run.ctx, db.DB, c.UID, opts)
		if err != nil {
			return err
		}
		if len(x.Copies)+len(x.Changes)+len(x.Messages)+len(x.Jobs) == 0 {
			return c.nothing(db)
		}
		s := newStory(c.UID, x, c.Messages)
		if c.JSON {
			return printJSON(run.out, s)
		}
		return s.print(run.out, c.Messages)
	})
}

// nothing says what it may mean that nothing is known.
func (c *explainCommand) nothing(db *database) error {
	if c.Owner != "" {
		return fmt.Errorf("nothing is known of the UID %q for %s: look without --owner too", c.UID, c.Owner)
	}
	return fmt.Errorf("nothing is known of the UID %q: it is in no calendar, and nothing was sent about it in the last %d days; "+
		"UIDs are compared letter by letter", c.UID, int(db.cfg.Scheduling.KeepTrace.Hours()/24))
}

// story is an explanation as JSON has it.
type story struct {
	UID      string         `json:"uid"`
	Copies   []storyCopy    `json:"copies"`
	Changes  []storyChange  `json:"changes"`
	Messages []storyMessage `json:"messages"`
	Jobs     []jobRow       `json:"jobs"`
}

type storyCopy struct {
	Owner    string    `json:"owner"`
	Calendar string    `json:"calendar"`
	Object   string    `json:"object"`
	Role     string    `json:"role"`     // organizer, attendee, ""
	Answer   string    `json:"partstat"` // "": not invited
	Sequence int       `json:"sequence"`
	Modified time.Time `json:"modified"`
	Note     string    `json:"note,omitempty"`
}

type storyChange struct {
	At        time.Time       `json:"at"`
	Owner     string          `json:"owner"` // "": an account that is gone
	Actor     string          `json:"actor"` // "": the server
	Decisions []storyDecision `json:"decisions"`
}

type storyDecision struct {
	Recipient string   `json:"recipient"`
	Method    string   `json:"method"` // "": nothing was sent
	Quiet     bool     `json:"quiet"`  // the copy followed, nobody was told
	Sequence  int      `json:"sequence"`
	Instances []string `json:"instances"` // empty: all
	Rule      string   `json:"rule"`
	Why       string   `json:"why"`
	Outcome   string   `json:"outcome"`
	Status    string   `json:"status"`
	Meaning   string   `json:"meaning"` // of the status
}

type storyMessage struct {
	ID        int64     `json:"id"`
	Sender    string    `json:"sender"`
	Recipient string    `json:"recipient"`
	Method    string    `json:"method"`
	Sequence  int       `json:"sequence"`
	Instances []string  `json:"instances"`
	State     string    `json:"state"`
	Status    string    `json:"status"`
	Meaning   string    `json:"meaning"`
	Attempts  int       `json:"attempts"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Data      string    `json:"data,omitempty"`
}

func newStory(uid string, x *scheduling.Explanation, withData bool) *story {
	s := &story{UID: uid, Copies: []storyCopy{}, Changes: []storyChange{}, Messages: []storyMessage{}, Jobs: []jobRow{}}
	for i := range x.Copies {
		s.Copies = append(s.Copies, newStoryCopy(&x.Copies[i]))
	}
	for _, c := range x.Changes {
		s.Changes = append(s.Changes, newStoryChange(c))
	}
	for i := range x.Messages {
		m := newStoryMessage(&x.Messages[i])
		if withData {
			m.Data = scheduling.ShownMessage(&x.Messages[i])
		}
		s.Messages = append(s.Messages, m)
	}
	for i := range x.Jobs {
		s.Jobs = append(s.Jobs, newJobRow(&x.Jobs[i], x.NameOf(x.Jobs[i].Owner), uid))
	}
	return s
}

func newStoryCopy(c *scheduling.ExplainedCopy) storyCopy {
	roles := map[itip.Role]string{itip.AsOrganizer: "organizer", itip.AsAttendee: "attendee"}
	return storyCopy{c.Owner.Name, c.Calendar.Name, c.Object.Name, roles[c.Role], c.Answer, c.Sequence, c.Object.Modified.UTC(), c.Note}
}

func newStoryChange(c scheduling.ExplainedChange) storyChange {
	out := storyChange{At: c.Entries[0].At.UTC(), Actor: c.Entries[0].Actor}
	if c.Owner != nil {
		out.Owner = c.Owner.Name
	}
	for _, e := range c.Entries {
		out.Decisions = append(out.Decisions, storyDecision{
			Recipient: e.Recipient, Method: e.Method, Quiet: e.Quiet, Sequence: e.Sequence, Instances: slices.Concat([]string{}, e.Instances),
			Rule: e.Rule, Why: scheduling.RuleWords(e.Rule), Outcome: e.Outcome, Status: e.Status, Meaning: scheduling.StatusWords(e.Status),
		})
	}
	return out
}

func newStoryMessage(m *store.Outgoing) storyMessage {
	return storyMessage{
		ID: m.ID, Sender: m.Sender, Recipient: m.Recipient, Method: m.Method, Sequence: m.Sequence, Instances: slices.Concat([]string{}, m.Instances),
		State: m.State, Status: m.Status, Meaning: scheduling.StatusWords(m.Status), Attempts: m.Attempts, Created: m.Created.UTC(), Updated: m.Updated.UTC(),
	}
}

// mailbox is an address as people write it.
func mailbox(address string) string { return strings.TrimPrefix(address, "mailto:") }
