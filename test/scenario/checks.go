package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

// each runs fn for all subjects of a statement.
func (h *head) each(fn func(who string) error) error {
	for _, who := range h.who {
		if err := fn(who); err != nil {
			return fmt.Errorf("%s: %w", who, err)
		}
	}
	return nil
}

// compileHas compiles "has".
func compileHas(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	h.take()
	object, err := h.object()
	list, err2 := parseExpectations(s.Block)
	if err := errors.Join(err, err2, h.end(), noAnswers(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		return h.each(func(who string) error {
			return p.eventually(func() error {
				f, err := p.copy(who, in, object)
				if err != nil {
					return err
				}
				cal, err := parseCalendar(f.data)
				if err != nil {
					return err
				}
				v := &view{calendar: cal, p: p, me: who, etag: f.etag, tag: f.tag, seen: p.sight(who, in, object)}
				return explained(checkAll(list, v), f.data)
			})
		})
	}, nil
}

// explained adds the object to an error.
func explained(err error, data string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\nin\n%s", err, strings.ReplaceAll(data, "\r\n", "\n"))
}

// compileLacks compiles "lacks".
func compileLacks(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	h.take()
	object, err := h.object()
	if err := errors.Join(err, h.end(), noBlock(s), noAnswers(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		return h.each(func(who string) error {
			return p.eventually(func() error {
				list, err := p.copies(who, in, p.uid(object))
				if err == nil && len(list) > 0 {
					err = explained(fmt.Errorf("found %s", list[0].href), list[0].data)
				}
				return err
			})
		})
	}, nil
}

// methods are those of scheduling messages (RFC 5546 section 1.4).
var methods = []string{"REQUEST", "REPLY", "CANCEL", "ADD", "COUNTER", "DECLINECOUNTER", "REFRESH"}

// message is one that somebody got.
type message struct {
	id     string
	method string
	uid    string
	cal    *calendar
	raw    string
}

func readMessage(id, raw string) (*message, error) {
	cal, err := parseCalendar(raw)
	if err != nil {
		return nil, err
	}
	m := &message{id: id, cal: cal, raw: raw}
	if p := cal.root.first("METHOD"); p != nil {
		m.method = p.value
	}
	for _, part := range cal.parts() {
		if p := part.first("UID"); p != nil {
			m.uid = p.value
		}
	}
	return m, nil
}

// compileGets compiles "gets".
func compileGets(s *Step, h *head) (func(*play) error, error) {
	h.take()
	if h.taken("nothing") {
		object := h.option("of")
		if err := errors.Join(h.end(), noBlock(s), noAnswers(s)); err != nil {
			return nil, err
		}
		return func(p *play) error {
			return h.each(func(who string) error {
				if p.unseen(who, s) {
					return nil
				}
				return p.getsNothing(who, object)
			})
		}, nil
	}
	only := h.taken("only")
	method := h.take()
	if !slices.Contains(methods, method) {
		return nil, fmt.Errorf("%q is no method", method)
	}
	object, err := h.object()
	list, err2 := parseExpectations(s.Block)
	if err := errors.Join(err, err2, h.end(), noAnswers(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		return h.each(func(who string) error {
			if p.unseen(who, s) {
				return nil
			}
			return p.eventually(func() error {
				if err := p.gets(who, method, object, list); err != nil || !only {
					return err
				}
				return p.getsNothing(who, "")
			})
		})
	}, nil
}

// unseen notes what somebody outside gets of a server elsewhere, where that cannot be seen.
func (p *play) unseen(who string, s *Step) bool {
	if p.on.db != nil || p.pp.get(who) != nil {
		return false
	}
	p.unchecked = append(p.unchecked, fmt.Sprintf("line %d: what %s gets", s.Line, who))
	return true
}

// gets looks for a message that somebody has not looked at yet.
func (p *play) gets(who, method, object string, list []*expectation) error {
	news, err := p.news(who)
	if err != nil {
		return err
	}
	var wrong error
	for _, m := range news {
		if m.method != method || m.uid != p.uid(object) {
			continue
		}
		v := &view{calendar: m.cal, p: p, me: who}
		if wrong = explained(checkAll(list, v), m.raw); wrong == nil {
			p.looked[who][m.id] = true
			return nil
		}
	}
	if wrong == nil {
		wrong = errors.New("found " + summary(news))
	}
	return wrong
}

func (p *play) getsNothing(who, object string) error {
	news, err := p.news(who)
	if err != nil {
		return err
	}
	if object != "" {
		news = slices.DeleteFunc(news, func(m *message) bool { return m.uid != p.uid(object) })
	}
	if len(news) > 0 {
		return explained(errors.New("found "+summary(news)), news[0].raw)
	}
	return nil
}

func summary(news []*message) string {
	if len(news) == 0 {
		return "nothing new"
	}
	var all []string
	for _, m := range news {
		all = append(all, m.method+" "+m.uid)
	}
	return strings.Join(all, ", ")
}

// news are the messages that somebody has not looked at yet.
func (p *play) news(who string) ([]*message, error) {
	if p.looked[who] == nil {
		p.looked[who] = map[string]bool{}
	}
	if p.pp.get(who) == nil {
		return p.outside(who)
	}
	client, someone, err := p.client(who)
	if err != nil {
		return nil, err
	}
	list, err := client.List(p.ctx, someone.home()+"Inbox/")
	if err != nil {
		return nil, err
	}
	var news []*message
	for href := range list {
		if p.looked[who][href] {
			continue
		}
		r, err := client.Do(p.ctx, http.MethodGet, href, "")
		if err != nil {
			return nil, err
		}
		if r.Status != http.StatusOK {
			return nil, fmt.Errorf("GET %s: %v", href, r)
		}
		m, err := readMessage(href, string(r.Body))
		if err != nil {
			return nil, err
		}
		news = append(news, m)
	}
	return news, nil
}

// compileAsk compiles "asks when ... are busy".
func compileAsk(s *Step, h *head) (func(*play) error, error) {
	who, err := h.one()
	if err != nil {
		return nil, err
	}
	h.take()
	if !h.taken("when") {
		return nil, errors.New("want: asks when ... are busy FROM/TO")
	}
	q := &question{who: who}
	for word := h.take(); word != "are" && word != "is"; word = h.take() {
		if word == "" {
			return nil, errors.New("want: asks when ... are busy FROM/TO")
		}
		if word = strings.TrimSuffix(word, ","); word != "and" {
			q.whom = append(q.whom, word)
		}
	}
	busy := h.taken("busy")
	var ok bool
	if q.from, q.to, ok = strings.Cut(h.take(), "/"); !ok || !busy {
		return nil, errors.New("busy when? FROM/TO")
	}
	if h.taken("leaving") {
		q.without = h.option("out")
	}
	err = q.parse(s.Answers)
	return func(p *play) error { return p.eventually(func() error { return p.ask(q) }) }, errors.Join(err, h.end(), noBlock(s))
}

// eventually tries what is expected until it is true, where the server works by its own clock.
func (p *play) eventually(check func() error) error {
	return p.on.eventually(p.ctx, check)
}

// freeBusyResponse takes one recipient out of a CALDAV:schedule-response (RFC 6638 section 10.2).
func freeBusyResponse(root *harness.Node, same func(address string) bool) *harness.Node {
	for _, r := range root.All(harness.CalDAV("response")) {
		if same(r.Path(harness.CalDAV("recipient"), harness.DAV("href")).Value()) {
			return r
		}
	}
	return nil
}
