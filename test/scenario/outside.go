package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// atOnce is how many rows of the outgoing table and of the trace are looked at.
const atOnce = 10_000

// outside are the messages to somebody who is not here that nobody has looked at yet, of the objects of this scenario.
func (p *play) outside(who string) ([]*message, error) {
	var news []*message
	err := p.eachOutgoing(who, func(m *message) error {
		if !p.looked[who][m.id] {
			news = append(news, m)
		}
		return nil
	})
	return news, err
}

// eachOutgoing calls fn for all messages to somebody who is not here, in the order in which they were sent.
func (p *play) eachOutgoing(who string, fn func(*message) error) error {
	for _, uid := range p.objects {
		rows, err := p.on.db.Outgoings(p.ctx, uid, atOnce)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b store.Outgoing) int { return cmp.Compare(a.ID, b.ID) })
		for _, row := range rows {
			if !p.pp.same(row.Recipient, who) {
				continue
			}
			m, err := readMessage(fmt.Sprint(row.ID), string(row.Data))
			if err == nil {
				err = unless(m.method == row.Method && m.uid == row.UID, "the row says %s %s, the message %s %s", row.Method, row.UID, m.method, m.uid)
			}
			if err == nil {
				err = fn(m)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

var outcomeForm = regexp.MustCompile(`^(created|applied|unchanged|stale|unknown|proposed|noted|sent|refused|\d\.\d|error( .+)?|"[^"]+")$`)

// validOutcomes checks how the "->" lines of a message from outside are written.
func validOutcomes(lines []Line) error {
	var errs []error
	for _, line := range lines {
		if !outcomeForm.MatchString(line.Text) {
			errs = append(errs, located(line.No, line.Text, errors.New("not an outcome")))
		}
	}
	return errors.Join(errs...)
}

// compileSend compiles "sends".
func compileSend(s *Step, h *head) (func(*play) error, error) {
	to := h.option("to")
	who, _, method, err := h.actor()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(methods, method) || to == "" {
		return nil, errors.New("want: sends METHOD OBJECT to SOMEBODY")
	}
	object, err := h.object()
	c, err2 := parseContent(s.Block)
	if err := errors.Join(err, err2, h.end(), validOutcomes(s.Answers)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		p.tick()
		cal, err := c.make(p, p.uidOf(c, object), method)
		if err != nil {
			return err
		}
		return p.arrives(who, to, cal.raw, s.Answers)
	}, nil
}

// arrives hands a message from outside to the server.
func (p *play) arrives(from, to, raw string, outcomes []Line) error {
	if p.on.db == nil {
		return errNotHere
	}
	someone := p.pp.get(to)
	if someone == nil {
		return fmt.Errorf("there is no %s", to)
	}
	recipient, err := p.on.db.PrincipalByName(p.ctx, someone.account)
	if err != nil {
		return err
	}
	m, err := itip.ParseMessage([]byte(raw), ical.Limits{})
	var status, outcome string
	if err == nil {
		m.From, m.To = itip.ParseAddress(p.pp.address(from)), itip.ParseAddress(p.pp.address(to))
		status, outcome, err = p.on.engine.Receive(p.ctx, recipient, m)
	}
	if len(outcomes) == 0 {
		return err
	}
	for _, line := range outcomes {
		if err := outcomeIs(line.Text, status, outcome, err); err != nil {
			return located(line.No, "-> "+line.Text, err)
		}
	}
	return nil
}

// outcomeIs compares what became of a message with what was expected.
func outcomeIs(want, status, outcome string, err error) error {
	text, failed := strings.CutPrefix(want, "error")
	text = strings.TrimSpace(text)
	switch {
	case failed:
		return unless(err != nil && strings.Contains(err.Error(), text), "found %q, error %v", outcome, err)
	case err != nil:
		return err
	}
	want = strings.Trim(want, `"`)
	return unless(want == outcome || want == status, "found %q, status %q", outcome, status)
}

// replyFrom is the answer of somebody outside to the last request that was sent there.
func (p *play) replyFrom(who string, a *answering, outcomes []Line) error {
	if p.on.db == nil {
		return errNotHere
	}
	var last *message
	err := p.eachOutgoing(who, func(m *message) error {
		if m.method == "REQUEST" && m.uid == p.uid(a.object) {
			last = m
		}
		return nil
	})
	if err != nil {
		return err
	}
	if last == nil {
		return errors.New("there is no request that could be answered")
	}
	p.tick()
	raw, organizer, err := p.reply(who, a, last.cal)
	if err != nil {
		return err
	}
	for _, someone := range p.pp.list {
		if p.pp.same(someone.name, organizer) {
			return p.arrives(who, someone.name, raw, outcomes)
		}
	}
	return fmt.Errorf("the organizer %s is not here", organizer)
}

// reply makes a REPLY to a request.
func (p *play) reply(who string, a *answering, request *calendar) (raw, organizer string, err error) {
	o := &editing{request, p.pp, who}
	parts := request.parts()
	if a.instance != "" {
		c, err := o.make(a.instance)
		if err != nil {
			return "", "", err
		}
		parts = []*component{c}
	} else if master := request.master(); master != nil {
		parts = []*component{master}
	}
	root := &component{name: "VCALENDAR", props: []*property{
		{name: "VERSION", value: "2.0"}, {name: "PRODID", value: "-//elsewhere//scenarios//EN"}, {name: "METHOD", value: "REPLY"},
	}}
	for _, part := range parts {
		c := &component{name: part.name, props: []*property{{name: "DTSTAMP", value: p.on.now().UTC().Format(timeForms[0])}}}
		for _, q := range part.props {
			if slices.Contains([]string{"UID", "ORGANIZER", "SEQUENCE", "DTSTART", "RECURRENCE-ID", "SUMMARY"}, q.name) {
				c.props = append(c.props, q)
			}
		}
		mine := p.pp.selected(part, "ATTENDEE", "me", who)
		if len(mine) == 0 || c.first("ORGANIZER") == nil {
			return "", "", fmt.Errorf("%s is not invited", who)
		}
		mine[0].setParam("PARTSTAT", a.status)
		c.props = append(c.props, mine[0], &property{name: "REQUEST-STATUS", value: "2.0;Success"})
		if a.comment != "" {
			c.props = append(c.props, &property{name: "COMMENT", value: escape(a.comment)})
		}
		root.children = append(root.children, c)
		organizer = c.first("ORGANIZER").value
	}
	cal := &calendar{root: root}
	err = cal.addZones()
	return cal.String(), organizer, err
}

// traceLine is a row of the trace that is expected, or not.
type traceLine struct {
	line                      Line
	no                        bool
	who, method, rule, status string
}

var traceForm = regexp.MustCompile(`^(no )?(\S+) (-|[A-Z]+) "([^"]*)"(?: (\S+))?$`)

// compileTrace compiles "trace of".
func compileTrace(s *Step, words []string) (func(*play) error, error) {
	if len(words) != 3 || words[1] != "of" {
		return nil, errors.New("want: trace of OBJECT")
	}
	var list []traceLine
	var errs []error
	for _, line := range s.Block {
		m := traceForm.FindStringSubmatch(line.Text)
		if m == nil {
			errs = append(errs, located(line.No, line.Text, errors.New(`want: WHO METHOD "RULE" STATUS`)))
			continue
		}
		list = append(list, traceLine{line, m[1] != "", m[2], strings.Trim(m[3], "-"), m[4], m[5]})
	}
	return func(p *play) error { return p.trace(p.uid(words[2]), list) }, errors.Join(append(errs, noAnswers(s))...)
}

func (p *play) trace(uid string, list []traceLine) error {
	if p.on.db == nil {
		p.unchecked = append(p.unchecked, "the trace of "+uid)
		return nil
	}
	rows, err := p.on.db.Trace(p.ctx, uid, nil, atOnce)
	if err != nil {
		return err
	}
	var shown []string
	for _, r := range rows {
		shown = append(shown, fmt.Sprintf("%s %s %q %s", r.Recipient, r.Method, r.Rule, r.Status))
	}
	var errs []error
	for _, want := range list {
		there := slices.ContainsFunc(rows, func(r store.TraceEntry) bool {
			return p.pp.same(want.who, r.Recipient) && want.method == r.Method && want.rule == r.Rule &&
				(want.status == "" || want.status == r.Status)
		})
		if there == want.no {
			errs = append(errs, located(want.line.No, want.line.Text, fmt.Errorf("found\n  %s", strings.Join(shown, "\n  "))))
		}
	}
	return errors.Join(errs...)
}

// drop forgets jobs that failed, so that the next scenario is not about them.
func (s *server) drop(ctx context.Context) error {
	jobs, err := s.db.Jobs(ctx, atOnce, true)
	if err != nil {
		return err
	}
	var errs []error
	for _, j := range jobs {
		errs = append(errs, fmt.Errorf("a job of kind %s failed: %s", j.Kind, j.Error))
		_, err := store.InTx(ctx, s.db, nil, func(_ context.Context, tx *store.Tx) (struct{}, error) {
			tx.FinishJob(j.ID)
			return struct{}{}, nil
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
