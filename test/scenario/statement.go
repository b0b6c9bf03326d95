package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// head is the first line of a statement taken apart.
type head struct {
	who     []string // subjects: names or addresses
	words   []string // behind the verb; what stands in quotes is one
	headers []string // behind "with": names and values by turns
	with    bool
}

// verbs are the statements that begin with somebody. Those with headers may have "with NAME: VALUE; ..." at their end.
var verbs = map[string]struct {
	headers bool
	compile func(*Step, *head) (func(*play) error, error)
}{
	"puts": {true, compilePut}, "posts": {true, compilePut}, "imports": {false, compileImport},
	"edits": {true, compileEdit}, "answers": {true, compileAnswer},
	"deletes": {true, compileDelete}, "moves": {true, compileMove}, "copies": {true, compileMove}, "reads": {true, compileRead},
	"requests": {true, compileRequest}, "grants": {false, compileGrant}, "makes": {true, compileMake}, "sets": {false, compileSet},
	"has": {false, compileHas}, "have": {false, compileHas}, "lacks": {false, compileLacks}, "lack": {false, compileLacks},
	"gets": {false, compileGets}, "get": {false, compileGets}, "asks": {false, compileAsk}, "sends": {false, compileSend},
}

// compile makes the step ready to run, and finds what is wrong with how it is written.
func (s *Step) compile() (err error) {
	first, rest, _ := strings.Cut(s.Text, " ")
	switch first {
	case "with":
		s.run, err = compileWith(s, split(rest))
	case "settle", "wait":
		s.run, err = compileTime(first, rest)
	case "trace":
		if err = s.cutBlock(); err == nil {
			s.run, err = compileTrace(s, split(s.Text))
		}
	default:
		s.run, err = s.compileVerb()
	}
	if err != nil {
		return err
	}
	if s.run == nil {
		return errors.New("no such statement")
	}
	return nil
}

// compileVerb compiles a statement that begins with somebody.
func (s *Step) compileVerb() (func(*play) error, error) {
	words := split(s.Text)
	at := slices.IndexFunc(words, func(w string) bool { return verbs[w].compile != nil })
	if at < 1 {
		return nil, errors.New("want somebody and a verb")
	}
	verb := verbs[words[at]]
	h := &head{}
	if text, headers, ok := cutWith(s.Text); ok && verb.headers {
		h.with = true
		if err := h.parseHeaders(headers); err != nil {
			return nil, err
		}
		s.Text = text
	} else if words[at] != "sets" && words[at] != "requests" {
		if err := s.cutBlock(); err != nil {
			return nil, err
		}
	}
	words = split(s.Text)
	for _, name := range words[:at] {
		if name = strings.TrimSuffix(name, ","); name != "and" {
			h.who = append(h.who, name)
		}
	}
	h.words = words[at:]
	return verb.compile(s, h)
}

var headerForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*):(?: (.*))?$`)

var headersForm = regexp.MustCompile(`^(.*) with (nothing|[A-Za-z-]+:(?: .*)?)$`)

// cutWith cuts off the headers behind the last " with ".
func cutWith(text string) (before, headers string, ok bool) {
	m := headersForm.FindStringSubmatch(text)
	if m == nil || strings.Contains(m[1], ": ") {
		return text, "", false
	}
	return m[1], m[2], true
}

func (h *head) parseHeaders(text string) error {
	if strings.TrimSpace(text) == "nothing" {
		return nil
	}
	for _, part := range strings.Split(text, ";") {
		m, n := headerForm.FindStringSubmatch(strings.TrimSpace(part)), len(h.headers)
		switch {
		case m != nil:
			h.headers = append(h.headers, m[1], m[2])
		case n > 0: // a parameter of the value before
			h.headers[n-1] += ";" + part
		default:
			return fmt.Errorf("not a header: %q", part)
		}
	}
	return nil
}

// split splits at blanks; what stands in quotes is one word, without them.
func split(s string) []string {
	var words []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexByte(s, ' ')
		if s[0] == '"' {
			if close := strings.IndexByte(s[1:], '"'); close >= 0 {
				words, s = append(words, s[1:close+1]), s[close+2:]
				continue
			}
		}
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
	return words
}

// one is the statement's only subject.
func (h *head) one() (string, error) {
	if len(h.who) != 1 {
		return "", errors.New("want one person")
	}
	return h.who[0], nil
}

// take removes the next word, "" if there is none.
func (h *head) take() string {
	if len(h.words) == 0 {
		return ""
	}
	word := h.words[0]
	h.words = h.words[1:]
	return word
}

// taken removes the next word if it is the given one.
func (h *head) taken(word string) bool {
	if len(h.words) > 0 && h.words[0] == word {
		h.words = h.words[1:]
		return true
	}
	return false
}

// option removes "WORD VALUE" and returns the value, "" if it is not there.
func (h *head) option(word string) string {
	for i := 0; i+1 < len(h.words); i++ {
		if h.words[i] == word {
			value := h.words[i+1]
			h.words = slices.Delete(h.words, i, i+2)
			return value
		}
	}
	return ""
}

// end complains of words that are left.
func (h *head) end() error {
	if len(h.words) > 0 {
		return fmt.Errorf("what is %q?", strings.Join(h.words, " "))
	}
	return nil
}

// object takes the name of an object, which is required.
func (h *head) object() (string, error) {
	name := h.take()
	if name == "" {
		return "", errors.New("of which object?")
	}
	return name, nil
}

// actor is the beginning of most statements: a verb of one person, and an object.
func (h *head) actor() (who, verb, object string, err error) {
	if who, err = h.one(); err != nil {
		return "", "", "", err
	}
	verb = h.take()
	object, err = h.object()
	return who, verb, object, err
}

func noBlock(s *Step) error {
	if len(s.Block) > 0 {
		return errors.New("this has no block")
	}
	return nil
}

func noAnswers(s *Step) error {
	if len(s.Answers) > 0 {
		return errors.New("this has no answer")
	}
	return nil
}

// compileTime compiles "settle" and "wait".
func compileTime(word, rest string) (func(*play) error, error) {
	by := 10 * time.Second
	if rest != "" || word == "wait" {
		var err error
		if by, err = parseTime(rest); err != nil {
			return nil, err
		}
	}
	if word == "wait" {
		return func(p *play) error { return p.wait(by) }, nil
	}
	return func(p *play) error { return p.settle(by) }, nil
}

// parseTime is time.ParseDuration that knows days.
func parseTime(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		d, err := time.ParseDuration(days + "h")
		return 24 * d, err
	}
	return time.ParseDuration(s)
}
