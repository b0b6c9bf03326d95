package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

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
		if p.on.live != nil && p.before.calendars[path] { // it could not be undone
			return errNotHere
		}
		body := `<D:propertyupdate ` + harness.XMLNS + ` xmlns:CY="http://cyrusimap.org/ns/"><D:set><D:prop>` +
			`<` + name + `>` + p.pp.text(value) + `</` + name + `></D:prop></D:set></D:propertyupdate>`
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
