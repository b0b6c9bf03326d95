package dav

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// If is an If header (RFC 4918 section 10.4). It holds if one of its lists does.
type If struct{ lists []ifList }

// ifList holds if all its conditions do for the resource.
type ifList struct {
	resource   string // "" for the one the request is for
	conditions []ifCondition
}

type ifCondition struct {
	not   bool
	token string // a state token,
	etag  ETag   // or if that is "", an entity tag
}

// State is the state of a resource that an If header is held against. The zero value is that of one that does not exist.
type State struct {
	ETag   string   // without quotes
	Tokens []string // lock tokens (RFC 4918 section 6.5), sync token (RFC 6578 section 5)
	Exists bool
}

// Bounds of an If header, far beyond what clients send.
const (
	maxIfBytes      = 16 << 10
	maxIfConditions = 256
)

var errIf = errors.New("an If header that does not follow RFC 4918 section 10.4")

// ParseIf reads the value of an If header; nil for an empty one. A broken one is a 400.
func ParseIf(h string) (*If, error) {
	if strings.TrimSpace(h) == "" {
		return nil, nil
	}
	if len(h) > maxIfBytes {
		return nil, Fail(http.StatusBadRequest, Name{}, "the If header is longer than %d bytes", maxIfBytes)
	}
	p := ifParser{rest: h}
	f, err := p.parse()
	if err != nil {
		return nil, Fail(http.StatusBadRequest, Name{}, "%w, at %.40q", err, p.rest)
	}
	return f, nil
}

// ifParser takes an If header from its front.
type ifParser struct {
	rest       string
	conditions int
}

// next skips white space and returns the next byte, 0 at the end.
func (p *ifParser) next() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// until takes what follows up to the byte end, and end.
func (p *ifParser) until(end string) (string, error) {
	inside, rest, found := strings.Cut(p.rest, end)
	if !found || inside == "" || strings.ContainsAny(inside, " \t\r\n<") {
		return "", errIf
	}
	p.rest = rest
	return inside, nil
}

func (p *ifParser) parse() (*If, error) {
	f := new(If)
	resource := ""
	tagged := p.next() == '<'
	fresh := false // a resource was named and no list followed yet
	for {
		switch c := p.next(); {
		case c == 0 && !fresh && len(f.lists) > 0:
			return f, nil
		case c == '<' && tagged && !fresh:
			p.rest = p.rest[1:]
			var err error
			if resource, err = p.until(">"); err != nil {
				return nil, err
			}
			fresh = true
		case c == '(':
			p.rest = p.rest[1:]
			conditions, err := p.list()
			if err != nil {
				return nil, err
			}
			f.lists = append(f.lists, ifList{resource, conditions})
			fresh = false
		default:
			return nil, errIf
		}
	}
}

// list reads the conditions of a list and its closing parenthesis.
func (p *ifParser) list() ([]ifCondition, error) {
	var list []ifCondition
	for {
		c := p.next()
		if c == ')' && len(list) > 0 {
			p.rest = p.rest[1:]
			return list, nil
		}
		if p.conditions++; p.conditions > maxIfConditions {
			return nil, errors.New("too many conditions in the If header")
		}
		var cond ifCondition
		if c == 'N' || c == 'n' {
			if len(p.rest) < 3 || !strings.EqualFold(p.rest[:3], "not") {
				return nil, errIf
			}
			p.rest = p.rest[3:]
			cond.not = true
			c = p.next()
		}
		if err := p.condition(c, &cond); err != nil {
			return nil, err
		}
		list = append(list, cond)
	}
}

// condition reads a state token or an entity tag, which begins with c.
func (p *ifParser) condition(c byte, cond *ifCondition) (err error) {
	if c != '<' && c != '[' {
		return errIf
	}
	p.rest = p.rest[1:]
	if c == '<' {
		cond.token, err = p.until(">")
		return err
	}
	p.next()
	end := strings.IndexByte(p.rest, ']')
	if q := strings.IndexByte(p.rest, '"'); q >= 0 && q < end { // brackets may be part of a quoted tag
		closing := strings.IndexByte(p.rest[q+1:], '"')
		if closing < 0 {
			return errIf
		}
		closing += q + 1
		if end = strings.IndexByte(p.rest[closing:], ']'); end >= 0 {
			end += closing
		}
	}
	if end < 0 {
		return errIf
	}
	tag, rest, ok := nextETag(strings.TrimRight(p.rest[:end], " \t"))
	if !ok || rest != "" {
		return errIf
	}
	cond.etag = tag
	p.rest = p.rest[end+1:]
	return nil
}

// Eval says whether the header holds. state is asked for the state of the resources it names: "" for the one the request is for,
// else as the header has it, an absolute URL or path (see [ParseReference]). A nil If holds.
func (f *If) Eval(state func(resource string) State) bool {
	if f == nil {
		return true
	}
	var current State
	for i, l := range f.lists {
		if i == 0 || l.resource != f.lists[i-1].resource {
			current = state(l.resource)
		}
		if l.holds(current) {
			return true
		}
	}
	return false
}

// holds compares entity tags weakly, which RFC 4918 section 10.4.4 leaves to the server.
func (l *ifList) holds(s State) bool {
	for _, c := range l.conditions {
		var match bool
		if c.token != "" {
			match = slices.Contains(s.Tokens, c.token)
		} else {
			match = s.Exists && c.etag.Tag == s.ETag
		}
		if match == c.not {
			return false
		}
	}
	return true
}

// Tokens returns all state tokens the header submits, those after Not too (RFC 4918 section 6.4), each once; none for a nil If.
func (f *If) Tokens() []string {
	if f == nil {
		return nil
	}
	var tokens []string
	for _, l := range f.lists {
		for _, c := range l.conditions {
			if c.token != "" && !slices.Contains(tokens, c.token) {
				tokens = append(tokens, c.token)
			}
		}
	}
	return tokens
}
