package scenario

import (
	"errors"
	"fmt"
	"strings"
)

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
