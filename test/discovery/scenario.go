// Package discovery replays what calendar clients send from the first request of a set-up on, byte for byte as they write it
// where that matters, and checks the answers that they rely on. A scenario is a file in testdata, one a client.
//
// A scenario is a list of steps. A step begins with a request line, header lines, and a body after an empty line; what must
// be answered follows in lines that begin with "->":
//
//	-> 200|204                             the status is one of these
//	-> follow                              redirects are followed, as the client does, before anything else is checked
//	-> header NAME TEXT                    the header field NAME has TEXT in it
//	-> no header NAME
//	-> prop PATH NAME[/NAME...] TEXT       the property has that value
//	-> has PATH NAME[/NAME...]             the property is there, with status 200
//	-> lacks PATH NAME                     it is not there with status 200
//	-> no errors                           nothing in the answer has a status other than 200 (Prefer: return=minimal, Brief: t)
//	-> no href PATH                        the answer does not mention PATH
//	-> gone PATH                           PATH has status 404
//	-> body TEXT                           the body has TEXT in it
//	-> no body TEXT                        it has not
//	-> keep NAME header FIELD              {NAME} is from now on what that header field holds
//	-> keep NAME sync-token                the same for the token of a sync-collection report
//	-> keep NAME element NAME              the same for the text of the first element of that name
//	-> keep NAME member PATH               the same for the first href below PATH
//
// Names are written with the prefixes D, C, CS and A. {user} and {base} stand for the account and the server's origin. A request with the
// header "As: other" is that of a second account, {other}.
package discovery

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"convene/test/harness"
)

// Step is one request and what must be answered.
type Step struct {
	Line    int // where it begins in the file
	Method  string
	Path    string
	Other   bool     // it is the other account's
	Headers []string // names and values by turns
	Body    string
	Wants   []string // the lines after "->"
}

// ReadScenario parses a scenario file. Lines that begin with "#" are comments, between the steps only.
func ReadScenario(r io.Reader) ([]Step, error) {
	var steps []Step
	var cur *Step
	inBody := false
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		want, isWant := strings.CutPrefix(line, "-> ")
		switch {
		case isWant && cur != nil:
			cur.Wants = append(cur.Wants, want)
		case cur == nil || len(cur.Wants) > 0:
			if line == "" || line[0] == '#' {
				continue
			}
			method, path, ok := strings.Cut(line, " ")
			if !ok {
				return nil, fmt.Errorf("line %d: no request line: %q", n, line)
			}
			steps = append(steps, Step{Line: n, Method: method, Path: path})
			cur, inBody = &steps[len(steps)-1], false
		case inBody:
			cur.Body += line + "\n"
		case line == "":
			inBody = true
		default:
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				return nil, fmt.Errorf("line %d: no header: %q", n, line)
			}
			if name == "As" {
				cur.Other = true
				continue
			}
			cur.Headers = append(cur.Headers, name, strings.TrimSpace(value))
		}
	}
	return steps, lines.Err()
}

// expand puts values in place of names in braces; calendar data get CRLF.
func (s Step) expand(values map[string]string) Step {
	fill := func(text string) string {
		for name, value := range values {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	s.Path, s.Body = fill(s.Path), fill(s.Body)
	headers := make([]string, len(s.Headers))
	for i, h := range s.Headers {
		headers[i] = fill(h)
	}
	wants := make([]string, len(s.Wants))
	for i, w := range s.Wants {
		wants[i] = fill(w)
	}
	s.Headers, s.Wants = headers, wants
	if strings.HasPrefix(s.Body, "BEGIN:") {
		s.Body = strings.ReplaceAll(s.Body, "\n", "\r\n")
	}
	return s
}

// prefixes are those that scenarios use for names.
var prefixes = map[string]string{"D": harness.NSDAV, "C": harness.NSCalDAV, "CS": harness.NSCS, "A": harness.NSApple}

// names parses "C:calendar-home-set/D:href".
func names(path string) ([]xml.Name, error) {
	var all []xml.Name
	for _, part := range strings.Split(path, "/") {
		prefix, local, ok := strings.Cut(part, ":")
		if !ok || prefixes[prefix] == "" {
			return nil, fmt.Errorf("no such name: %q", part)
		}
		all = append(all, xml.Name{Space: prefixes[prefix], Local: local})
	}
	return all, nil
}
