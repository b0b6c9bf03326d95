package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
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

// compileAnswer compiles "answers": of people here an edit, of others a message.
func compileAnswer(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	who, _, object, err := h.actor()
	if err != nil {
		return nil, err
	}
	a := &answering{object: object}
	if len(h.words) > 0 && strings.HasPrefix(h.words[0], "[") {
		a.instance = strings.Trim(h.take(), "[]")
		if !instanceForm.MatchString(a.instance) {
			return nil, fmt.Errorf("not an instance: [%s]", a.instance)
		}
	}
	a.status, a.comment = h.take(), h.take()
	if a.status == "" || strings.ToUpper(a.status) != a.status {
		return nil, errors.New("with which PARTSTAT?")
	}
	if err := errors.Join(h.end(), noBlock(s)); err != nil {
		return nil, err
	}
	if strings.Contains(who, "@") {
		return func(p *play) error { return p.replyFrom(who, a, s.Answers) }, validOutcomes(s.Answers)
	}
	checks, err := parseAnswers(s.Answers)
	return func(p *play) error {
		w := &writing{who: who, in: in, object: object, headers: h.headersOr("If-Match", "seen")}
		return p.edit(w, false, checks, a.change)
	}, err
}

// answering is an answer that somebody gives.
type answering struct{ object, instance, status, comment string }

// change writes the answer into the copy, as a client does.
func (a *answering) change(o *editing) error {
	parts := o.parts()
	if a.instance != "" {
		c, err := o.make(a.instance)
		if err != nil {
			return err
		}
		parts = []*component{c}
	}
	invited := 0
	for _, c := range parts {
		for _, p := range o.pp.selected(c, "ATTENDEE", "me", o.me) {
			p.setParam("PARTSTAT", a.status)
			invited++
		}
	}
	if invited == 0 {
		return fmt.Errorf("%s is not invited", o.me)
	}
	if a.comment != "" {
		parts[0].set(&property{name: "COMMENT", value: escape(a.comment)})
	}
	return nil
}

// escape writes a TEXT value.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace(s)
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

// compileMake compiles "makes calendar".
func compileMake(s *Step, h *head) (func(*play) error, error) {
	who, err := h.one()
	if err != nil {
		return nil, err
	}
	h.take()
	if !h.taken("calendar") {
		return nil, errors.New("what is made? A calendar")
	}
	name, err := h.object()
	checks, err2 := parseAnswers(s.Answers)
	if err := errors.Join(err, err2, h.end(), noBlock(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		path, err := p.place(who, name)
		if err != nil {
			return err
		}
		p.on.made(p.pp.get(who), path)
		return p.request(who, "MKCALENDAR", path, "", h.headers, checks)
	}, nil
}

// prefixes are those of the names of properties.
var prefixes = []string{"D", "C", "CS", "A", "CY"}

// compileSet compiles "sets", whose value is everything behind "to".
func compileSet(s *Step, h *head) (func(*play) error, error) {
	who, err := h.one()
	if err != nil {
		return nil, err
	}
	_, value, ok := strings.Cut(s.Text, " to ")
	h.take()
	name, of := h.take(), h.option("of")
	prefix, _, _ := strings.Cut(name, ":")
	if !ok || of == "" || !slices.Contains(prefixes, prefix) {
		return nil, errors.New("want: sets PREFIX:NAME of COLLECTION to VALUE")
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, noBlock(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		path, err := p.place(who, of)
		if err != nil {
			return err
		}
		if p.on.live != nil && !p.on.isMade(path) { // it could not be undone
			return errNotHere
		}
		body := `<D:propertyupdate ` + harness.XMLNS + ` xmlns:CY="http://cyrusimap.org/ns/"><D:set><D:prop><` + name + `>` + p.pp.text(value) + `</` + name +
			`></D:prop></D:set></D:propertyupdate>`
		if len(checks) == 0 {
			return p.request(who, "PROPPATCH", path, body, nil, []answerCheck{{Line{s.Line, "2xx"}, allSet}})
		}
		return p.request(who, "PROPPATCH", path, body, nil, checks)
	}, nil
}

// allSet wants a PROPPATCH to be answered with 200 for all properties.
func allSet(_ *play, r *harness.Response) error {
	if r.Status != http.StatusMultiStatus {
		return fmt.Errorf("found %v", r)
	}
	ms, err := harness.ParseMultistatus(r.Body)
	if err != nil {
		return err
	}
	for _, one := range ms.Responses {
		for status := range one.Props {
			if status != http.StatusOK {
				return fmt.Errorf("found %v", r)
			}
		}
	}
	return nil
}
