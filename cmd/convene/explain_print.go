package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// print tells the story in tables.
func (s *story) print(w io.Writer, withData bool) error {
	t := &teller{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.copies(s.Copies)
	for i := range s.Changes {
		t.change(&s.Changes[i])
	}
	t.messages(s.Messages)
	t.jobs(s.Jobs)
	if withData {
		t.texts(s.Messages)
	}
	return t.w.Flush()
}

// teller writes tables below each other, each with columns of its own.
type teller struct{ w *tabwriter.Writer }

// title begins a table; blank lines part the tables.
func (t *teller) title(format string, args ...any) {
	t.row(fmt.Sprintf(format, args...))
}

func (t *teller) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = strings.Map(printable, fmt.Sprint(c))
	}
	printf(t.w, "%s\n", strings.TrimRight(strings.Join(texts, "\t"), "\t"))
}

// gap ends a table.
func (t *teller) gap() { printf(t.w, "\n") }

func (t *teller) copies(copies []storyCopy) {
	if len(copies) == 0 {
		t.title("It is in no calendar.")
		return
	}
	t.title("It is in these calendars:")
	for _, c := range copies {
		role := c.Role
		if c.Answer != "" && c.Role == "attendee" {
			role += ", " + c.Answer
		}
		t.row("  "+c.Owner+"/"+c.Calendar, role, fmt.Sprintf("sequence %d", c.Sequence), "changed "+moment(c.Modified), c.Note)
	}
}

func (t *teller) change(c *storyChange) {
	t.gap()
	t.title("%s", moment(c.At)+"  "+c.who())
	for i := range c.Decisions {
		d := &c.Decisions[i]
		t.row("  "+mailbox(d.Recipient), d.what(), d.Why, d.result())
	}
}

// who says who acted for whom.
func (c *storyChange) who() string {
	owner := c.Owner
	if owner == "" {
		owner = "an account that is gone"
	}
	switch c.Actor {
	case "":
		return "the server, for " + owner
	case c.Owner:
		return owner
	}
	return mailbox(c.Actor) + ", for " + owner
}

// what says what was sent.
func (d *storyDecision) what() string {
	if d.Method == "" {
		return "nothing"
	}
	text := d.Method
	if d.Quiet {
		text += " (quiet)"
	}
	switch n := len(d.Instances); {
	case n > 3:
		return fmt.Sprintf("%s of %d instances", text, n)
	case n > 0:
		return text + " of " + strings.Join(d.Instances, ", ")
	}
	return text
}

// result says what came of it.
func (d *storyDecision) result() string {
	switch {
	case d.Status == "":
		return d.Outcome
	case strings.Contains(d.Meaning, d.Outcome):
		return d.Meaning
	}
	return d.Meaning + ": " + d.Outcome
}

func (t *teller) messages(messages []storyMessage) {
	if len(messages) == 0 {
		return
	}
	t.gap()
	t.title("Messages to people outside:")
	for _, m := range messages {
		t.row(fmt.Sprintf("  %d", m.ID), m.Method, mailbox(m.Sender)+" to "+mailbox(m.Recipient), m.State, m.Meaning, moment(m.Updated))
	}
}

func (t *teller) jobs(jobs []jobRow) {
	if len(jobs) == 0 {
		return
	}
	t.gap()
	t.title("Jobs that wait:")
	for _, j := range jobs {
		t.row(fmt.Sprintf("  %d", j.ID), j.Kind, "due "+moment(j.Due), j.state())
	}
}

// texts prints the messages themselves.
func (t *teller) texts(messages []storyMessage) {
	for _, m := range messages {
		t.gap()
		if m.Data == "" {
			t.title("Message %d is about a private event.", m.ID)
			continue
		}
		t.title("Message %d to %s:", m.ID, mailbox(m.Recipient))
		for line := range strings.Lines(m.Data) {
			t.row("  " + strings.TrimRight(line, "\r\n"))
		}
	}
}

// moment is a time of which seconds matter.
func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
