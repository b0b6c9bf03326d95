package discovery

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"convene/test/harness"
)

// Player replays a scenario for one user, or two.
type Player struct {
	Client *harness.Client
	Other  *harness.Client
	Values map[string]string
}

// Play sends a step and returns what is wrong with the answer.
func (p *Player) Play(ctx context.Context, s Step) []error {
	s = s.expand(p.Values)
	client := p.Client
	if s.Other {
		client = p.Other
	}
	resp, err := client.Do(ctx, s.Method, s.Path, s.Body, s.Headers...)
	for redirects := 0; err == nil && resp.Status/100 == 3 && s.follows() && redirects < 5; redirects++ {
		var target *url.URL
		if target, err = url.Parse(resp.Header.Get("Location")); err == nil {
			resp, err = client.Do(ctx, s.Method, target.EscapedPath(), s.Body, s.Headers...)
		}
	}
	if err != nil {
		return []error{err}
	}
	a := &answer{Response: resp}
	if resp.Status == http.StatusMultiStatus {
		if a.ms, err = harness.ParseMultistatus(resp.Body); err != nil {
			return []error{err}
		}
	}
	var errs []error
	for _, want := range s.Wants {
		if err := p.check(a, want); err != nil {
			errs = append(errs, fmt.Errorf("want %q: %w", want, err))
		}
	}
	if len(errs) > 0 {
		errs = append(errs, fmt.Errorf("the answer: %v\n%s", resp.Header, resp.Body))
	}
	return errs
}

func (s *Step) follows() bool {
	for _, w := range s.Wants {
		if w == "follow" {
			return true
		}
	}
	return false
}

// answer is a response, with its multistatus if it is one.
type answer struct {
	*harness.Response
	ms *harness.Multistatus
}

// check compares the answer with one line.
func (p *Player) check(a *answer, want string) error {
	words := strings.SplitN(want, " ", 4)
	words = append(words, "", "", "")
	switch {
	case want == "follow":
		return nil
	case want == "no errors":
		return a.noErrors()
	case words[0] == "header":
		text := strings.Join(strings.Fields(strings.Join(words[2:], " ")), " ")
		if got := strings.Join(a.Header.Values(words[1]), ", "); got == "" || !strings.Contains(got, text) {
			return fmt.Errorf("it is %q", got)
		}
	case words[0] == "no" && words[1] == "header":
		if got := a.Header.Values(words[2]); len(got) > 0 {
			return fmt.Errorf("it is %q", got)
		}
	case words[0] == "no" && words[1] == "href":
		if a.ms == nil || a.ms.Response(words[2]) != nil {
			return fmt.Errorf("it is there")
		}
	case words[0] == "body":
		if text := strings.TrimPrefix(want, "body "); !strings.Contains(string(a.Body), text) {
			return fmt.Errorf("it is not there")
		}
	case words[0] == "no" && words[1] == "body":
		if text := strings.TrimPrefix(want, "no body "); strings.Contains(string(a.Body), text) {
			return fmt.Errorf("it is there")
		}
	case words[0] == "keep":
		return p.keep(a, words)
	case words[0] == "prop", words[0] == "has", words[0] == "lacks", words[0] == "gone":
		return a.property(words)
	default:
		if !slices.Contains(strings.Split(want, "|"), strconv.Itoa(a.Status)) {
			return fmt.Errorf("it is %d", a.Status)
		}
	}
	return nil
}

func (p *Player) keep(a *answer, words []string) error {
	value := a.Header.Get(words[3])
	switch {
	case words[2] == "sync-token" && a.ms != nil:
		value = a.ms.SyncToken
	case words[2] == "element":
		value = a.element(words[3])
	case words[2] == "member" && a.ms != nil:
		for _, r := range a.ms.Responses {
			if value == "" && r.Href != words[3] && strings.HasPrefix(r.Href, words[3]) {
				value = r.Href
			}
		}
	}
	if value == "" {
		return fmt.Errorf("there is none")
	}
	p.Values[words[1]] = value
	return nil
}

// element is the text of the first element of a name in the body.
func (a *answer) element(name string) string {
	root, err := harness.ParseXML(a.Body)
	want, unknown := names(name)
	if err != nil || unknown != nil {
		return ""
	}
	for nodes := []*harness.Node{root}; len(nodes) > 0; nodes = nodes[1:] {
		if nodes[0].Name == want[0] {
			return nodes[0].Value()
		}
		nodes = append(nodes, nodes[0].Children...)
	}
	return ""
}

func (a *answer) noErrors() error {
	if a.ms == nil {
		return fmt.Errorf("it is no multistatus")
	}
	for _, r := range a.ms.Responses {
		for status := range r.Props {
			if status != http.StatusOK {
				return fmt.Errorf("%s has properties with status %d", r.Href, status)
			}
		}
	}
	return nil
}

// property checks one property of one response.
func (a *answer) property(words []string) error {
	if a.ms == nil {
		return fmt.Errorf("it is no multistatus")
	}
	r := a.ms.Response(words[1])
	if r == nil {
		return fmt.Errorf("there is no response for it")
	}
	if words[0] == "gone" {
		if r.Status != http.StatusNotFound {
			return fmt.Errorf("it has status %d", r.Status)
		}
		return nil
	}
	path, err := names(words[2])
	if err != nil {
		return err
	}
	found := every(r.Prop(path[0]), path[1:])
	switch {
	case words[0] == "lacks" && len(found) > 0:
		return fmt.Errorf("it is %v", found)
	case words[0] != "lacks" && len(found) == 0:
		return fmt.Errorf("it is not there: status %d", r.StatusOf(path[0]))
	case words[0] == "prop":
		for _, n := range found {
			if n.Value() == strings.TrimSpace(words[3]) {
				return nil
			}
		}
		return fmt.Errorf("it is %v", found)
	}
	return nil
}

// every returns all elements at a path below n.
func every(n *harness.Node, path []xml.Name) []*harness.Node {
	if n == nil {
		return nil
	}
	level := []*harness.Node{n}
	for _, name := range path {
		var next []*harness.Node
		for _, n := range level {
			next = append(next, n.All(name)...)
		}
		level = next
	}
	return level
}
