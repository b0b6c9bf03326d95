package scenario

import (
	"errors"
	"net/http"
	"strings"
)

// request is what a statement does that is no writing of content: the answer is looked at, and that is all.
func (p *play) request(who, method, path, body string, headers []string, checks []answerCheck) error {
	client, _, err := p.client(who)
	if err != nil {
		return err
	}
	p.tick()
	r, err := client.Do(p.ctx, method, path, body, headers...)
	if err != nil {
		return err
	}
	return p.checkAnswer(checks, r)
}

// compileDelete compiles "deletes".
func compileDelete(s *Step, h *head) (func(*play) error, error) {
	who, err := h.one()
	if err != nil {
		return nil, err
	}
	in := h.option("in")
	h.take()
	collection := h.taken("calendar")
	object, err := h.object()
	if err != nil {
		return nil, err
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end(), noBlock(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		if collection {
			path, err := p.place(who, object)
			if err != nil {
				return err
			}
			return p.request(who, http.MethodDelete, path, "", h.headers, checks)
		}
		f, err := p.copy(who, in, object)
		if err != nil {
			return err
		}
		headers, err := p.headers(&writing{who: who, in: in, object: object, headers: h.headers})
		if err != nil {
			return err
		}
		return p.request(who, http.MethodDelete, f.href, "", headers, checks)
	}, nil
}

// compileMove compiles "moves" and "copies".
func compileMove(s *Step, h *head) (func(*play) error, error) {
	in, to, name := h.option("in"), h.option("to"), h.option("as")
	who, verb, object, err := h.actor()
	if err != nil {
		return nil, err
	}
	if to == "" {
		return nil, errors.New("where to?")
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end(), noBlock(s)); err != nil {
		return nil, err
	}
	method := map[string]string{"moves": "MOVE", "copies": "COPY"}[verb]
	return func(p *play) error {
		f, err := p.copy(who, in, object)
		if err != nil {
			return err
		}
		dest, err := p.place(who, to)
		if err != nil {
			return err
		}
		dest += f.href[strings.LastIndex(f.href, "/")+1:]
		if name != "" {
			dest = dest[:strings.LastIndex(dest, "/")+1] + name + ".ics"
		}
		headers, err := p.headers(&writing{who: who, in: in, object: object, headers: h.headers})
		if err != nil {
			return err
		}
		if err := p.request(who, method, f.href, "", append(headers, "Destination", dest), checks); err != nil || method == "COPY" {
			return err
		}
		list, err := p.copies(who, to, p.uid(object))
		if err != nil || len(list) == 0 {
			return err
		}
		_, err = p.read(who, to, object, list[0].href)
		return err
	}, nil
}

// compileRead compiles "reads".
func compileRead(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	who, _, object, err := h.actor()
	if err != nil {
		return nil, err
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end(), noBlock(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		f, err := p.copy(who, in, object)
		if err != nil {
			return err
		}
		if _, err := p.read(who, in, object, f.href); err != nil {
			return err
		}
		return p.request(who, http.MethodGet, f.href, "", h.headers, checks)
	}, nil
}

// compileRequest compiles "requests".
func compileRequest(s *Step, h *head) (func(*play) error, error) {
	who, err := h.one()
	if err != nil {
		return nil, err
	}
	h.take()
	method, path := h.take(), h.take()
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("want a method and a path")
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end()); err != nil {
		return nil, err
	}
	return func(p *play) error {
		headers, err := p.headers(&writing{who: who, headers: h.headers})
		if err != nil {
			return err
		}
		return p.request(who, method, p.pp.text(path), p.body(s.Block), headers, checks)
	}, nil
}

// body is a block as the body of a request, with CRLF if it is iCalendar.
func (p *play) body(block []Line) string {
	var lines []string
	for _, line := range block {
		lines = append(lines, p.pp.text(line.Text))
	}
	if len(lines) == 0 {
		return ""
	}
	if strings.HasPrefix(lines[0], "BEGIN:") {
		return strings.Join(lines, "\r\n") + "\r\n"
	}
	return strings.Join(lines, "\n") + "\n"
}
