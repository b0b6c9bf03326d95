package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is what is wrong with a line.
type Error struct {
	Line   int // from 1
	Detail string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Detail) }

// maxTextBytes bounds the texts for organizers.
const maxTextBytes = 500

// line reads the words of one line, one after the other.
type line struct{ words []word }

// word is a word, a comma, or a text that stood in quotation marks.
type word struct {
	text   string // of a word in lower case
	quoted bool
}

// split takes a line apart. What follows a # that begins a word is a comment.
func split(text string) (*line, error) {
	l := &line{}
	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		switch {
		case text == "" || text[0] == '#':
			return l, nil
		case text[0] == ',':
			l.words, text = append(l.words, word{text: ","}), text[1:]
		case text[0] == '"':
			quoted, rest, err := unquote(text[1:])
			if err != nil {
				return nil, err
			}
			l.words, text = append(l.words, word{quoted, true}), rest
		default:
			end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '"' })
			if end < 0 {
				end = len(text)
			}
			l.words, text = append(l.words, word{text: strings.ToLower(text[:end])}), text[end:]
		}
	}
}

// unquote reads up to the closing quotation mark. A backslash stands before a quotation mark or backslash that is meant.
func unquote(text string) (quoted, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && b.Len() == 0:
			return "", "", errors.New("there is nothing between the quotation marks: leave them out")
		case c == '"':
			return b.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
		if b.Len() > maxTextBytes {
			return "", "", fmt.Errorf("a text of more than %d bytes: shorten it", maxTextBytes)
		}
	}
	return "", "", errors.New(`the closing " is missing`)
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// clean refuses what could not be printed.
func clean(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("this is not UTF-8")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }); i >= 0 {
		return fmt.Errorf("there is a control character after %q: take it out", text[:i])
	}
	return nil
}

// next takes the next word, "" at the end of the line and before a text.
func (l *line) next() string {
	w := l.peek()
	if w != "" {
		l.words = l.words[1:]
	}
	return w
}

func (l *line) peek() string {
	if len(l.words) == 0 || l.words[0].quoted {
		return ""
	}
	return l.words[0].text
}

// take takes the next words if they are these.
func (l *line) take(words ...string) bool {
	if len(l.words) < len(words) {
		return false
	}
	for i, w := range words {
		if l.words[i].quoted || l.words[i].text != w {
			return false
		}
	}
	l.words = l.words[len(words):]
	return true
}

// text takes a text, "" if none comes next.
func (l *line) text() string {
	if len(l.words) == 0 || !l.words[0].quoted {
		return ""
	}
	text := l.words[0].text
	l.words = l.words[1:]
	return text
}

// end makes sure that nothing is left.
func (l *line) end() error {
	if len(l.words) == 0 {
		return nil
	}
	if l.words[0].quoted {
		return fmt.Errorf("the text %q is not expected here", l.words[0].text)
	}
	return fmt.Errorf("%q is not expected here", l.words[0].text)
}
