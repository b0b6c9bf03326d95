package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

// content is the block of what is put or sent.
type content struct {
	lines []Line
	edits []*edit
	whole bool // it begins with a VCALENDAR
}

// kinds are the components that a block may be of by its first line alone.
var kinds = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}

// parseContent reads a block, as far as that is possible without knowing who people are.
func parseContent(block []Line) (*content, error) {
	c := &content{}
	if len(block) == 0 {
		return nil, errors.New("of what?")
	}
	c.whole = strings.EqualFold(block[0].Text, "BEGIN:VCALENDAR")
	var texts []string
	for _, line := range block {
		if !c.whole && (placed.MatchString(line.Text) || wholes.MatchString(line.Text)) {
			e, err := parseEdit(line)
			if err != nil {
				return nil, located(line.No, line.Text, err)
			}
			c.edits = append(c.edits, e)
			continue
		}
		c.lines = append(c.lines, line)
		if slices.Contains(kinds, line.Text) {
			continue
		}
		if _, err := parseProperty(line.Text); err != nil {
			return nil, located(line.No, line.Text, err)
		}
		texts = append(texts, line.Text)
	}
	_, err := parseComponents(texts)
	return c, err
}

// make returns the object that a block describes, in the words of the server. uid and stamp are for components that have none.
func (c *content) make(p *play, uid, method string) (*calendar, error) {
	if c.whole {
		return c.verbatim(p)
	}
	kind, lines := "VEVENT", c.lines
	if len(lines) > 0 && slices.Contains(kinds, lines[0].Text) {
		kind, lines = lines[0].Text, lines[1:]
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, line.Text)
	}
	top, err := parseComponents(texts)
	if err != nil {
		return nil, err
	}
	parts := top.children
	if !slices.ContainsFunc(parts, func(child *component) bool { return child.name != "VALARM" }) {
		top.name = kind
		parts = []*component{top}
	}
	root := &component{name: "VCALENDAR", props: []*property{
		{name: "VERSION", value: "2.0"}, {name: "PRODID", value: "-//convene//scenarios//EN"},
	}}
	if method != "" {
		root.props = append(root.props, &property{name: "METHOD", value: method})
	}
	for _, part := range parts {
		if err := p.fill(part, uid); err != nil {
			return nil, err
		}
		root.children = append(root.children, part)
	}
	cal := &calendar{root: root}
	for _, e := range c.edits {
		if err := e.apply(&editing{cal, p.pp, ""}); err != nil {
			return nil, err
		}
	}
	err = cal.addZones()
	cal.raw = cal.String()
	return cal, err
}

// fill translates the properties of a component and adds those that every one has.
func (p *play) fill(part *component, uid string) error {
	for i, q := range part.props {
		var err error
		if part.props[i], err = p.pp.property(q.String()); err != nil {
			return err
		}
	}
	if part.name == "VTIMEZONE" || part.name == "VALARM" {
		return nil
	}
	if part.first("DTSTAMP") == nil {
		part.props = append([]*property{{name: "DTSTAMP", value: p.on.now().UTC().Format("20060102T150405Z")}}, part.props...)
	}
	if part.first("UID") == nil {
		part.props = append([]*property{{name: "UID", value: uid}}, part.props...)
	}
	return nil
}

// verbatim is make for what is written whole.
func (c *content) verbatim(p *play) (*calendar, error) {
	var b strings.Builder
	for _, line := range c.lines {
		text := p.pp.text(line.Text)
		if q, err := parseProperty(line.Text); err == nil && (slices.Contains(personalProps, q.name) || q.name == "UID") {
			if q, err = p.pp.property(line.Text); err != nil {
				return nil, err
			}
			text = q.String()
		}
		b.WriteString(text + "\r\n")
	}
	return &calendar{root: &component{name: "VCALENDAR"}, raw: b.String()}, nil
}

// uidOf returns the UID that a block names, or that of the object.
func (p *play) uidOf(c *content, object string) string {
	for _, line := range c.lines {
		if value, ok := strings.CutPrefix(line.Text, "UID:"); ok {
			p.objects[object] = p.pp.uid(value)
			break
		}
	}
	return p.uid(object)
}

// compilePut compiles "puts" and "posts".
func compilePut(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	who, verb, object, err := h.actor()
	if err != nil {
		return nil, err
	}
	c, err := parseContent(s.Block)
	if err != nil {
		return nil, err
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end()); err != nil {
		return nil, err
	}
	return func(p *play) error {
		cal, err := c.make(p, p.uidOf(c, object), "")
		if err != nil {
			return err
		}
		w := &writing{who: who, in: in, object: object, method: http.MethodPut, data: cal.raw, headers: h.headers}
		if w.href, err = p.place(who, in); err != nil {
			return err
		}
		if verb == "posts" {
			w.method = http.MethodPost
			if w.href, err = p.addMember(who, w.href); err != nil {
				return err
			}
		} else {
			w.href += object + ".ics"
		}
		return p.write(w, checks)
	}, nil
}

// place returns the path of the calendar that somebody writes to.
func (p *play) place(who, in string) (string, error) {
	_, someone, err := p.client(who)
	if err != nil {
		return "", err
	}
	if in == "" {
		in = "Default"
	}
	return p.path(someone, in)
}

// addMember asks for the URL to which new members are posted (RFC 5995).
func (p *play) addMember(who, path string) (string, error) {
	client, _, err := p.client(who)
	if err != nil {
		return "", err
	}
	r, err := client.Do(p.ctx, "PROPFIND", path, `<D:propfind `+harness.XMLNS+`><D:prop><D:add-member/></D:prop></D:propfind>`, "Depth", "0")
	if err != nil {
		return "", err
	}
	ms, err := harness.ParseMultistatus(r.Body)
	if err != nil {
		return "", err
	}
	href := ms.Response(path).Prop(harness.DAV("add-member")).Child(harness.DAV("href")).Value()
	return href, unless(href != "", "no DAV:add-member: %v", r)
}

// compileEdit compiles "edits".
func compileEdit(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	who, _, object, err := h.actor()
	if err != nil {
		return nil, err
	}
	stale := h.option("as") == "seen"
	edits, err := parseEdits(s.Block)
	if err != nil {
		return nil, err
	}
	if len(edits) == 0 {
		return nil, errors.New("what is edited?")
	}
	checks, err := parseAnswers(s.Answers)
	if err := errors.Join(err, h.end()); err != nil {
		return nil, err
	}
	return func(p *play) error {
		w := &writing{who: who, in: in, object: object, headers: h.headersOr("If-Match", "seen")}
		return p.edit(w, stale, checks, func(o *editing) error {
			for _, e := range edits {
				if err := e.apply(o); err != nil {
					return err
				}
			}
			return nil
		})
	}, nil
}

// headersOr are the headers of the statement, or where it has no "with" these.
func (h *head) headersOr(headers ...string) []string {
	if h.with {
		return h.headers
	}
	return headers
}

// edit changes an object: as it is now, or if stale as its editor saw it last. On a server that does jobs by itself the object may change
// between reading and writing: then it is read again, as clients do.
func (p *play) edit(w *writing, stale bool, checks []answerCheck, change func(*editing) error) error {
	for try := 0; ; try++ {
		err := p.editOnce(w, stale, checks, change)
		if err == nil || stale || p.on.live == nil || try == 2 || !strings.Contains(err.Error(), "found 412") {
			return err
		}
	}
}

func (p *play) editOnce(w *writing, stale bool, checks []answerCheck, change func(*editing) error) error {
	before := p.sight(w.who, w.in, w.object)
	if stale && before == nil {
		return fmt.Errorf("%s has not seen it yet", w.who)
	}
	if !stale {
		now, err := p.copy(w.who, w.in, w.object)
		if err != nil {
			return err
		}
		if before, err = p.read(w.who, w.in, w.object, now.href); err != nil {
			return err
		}
	}
	cal, err := parseCalendar(before.data)
	if err != nil {
		return err
	}
	if err := change(&editing{cal, p.pp, w.who}); err != nil {
		return err
	}
	if err := cal.addZones(); err != nil {
		return err
	}
	w.method, w.href, w.data = http.MethodPut, before.href, cal.String()
	return p.write(w, checks)
}
