package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a policy may have at most.
const (
	maxBytes    = 64 << 10
	maxRules    = 200
	maxNames    = 200 // in one line
	maxCapacity = 1000
	maxErrors   = 20
	maxCounter  = 366 * 24 * time.Hour
)

// Parse reads a policy. All lines with mistakes are told, each as an *Error, joined by errors.Join.
func Parse(text string) (*Policy, error) {
	if len(text) > maxBytes {
		return nil, &Error{1, fmt.Sprintf("a policy may have %d bytes at most", maxBytes)}
	}
	p := &Policy{}
	var wrong []error
	seen := map[string]int{}
	n := 0
	for text := range strings.SplitSeq(text, "\n") {
		n++
		if err := p.parseLine(strings.TrimSuffix(text, "\r"), n, seen); err != nil {
			if wrong = append(wrong, &Error{n, err.Error()}); len(wrong) == maxErrors {
				break
			}
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return p, nil
}

// settings are what a policy says once.
var settings = map[string]func(*Policy, *line) error{
	"capacity": (*Policy).parseCapacity,
	"pool":     (*Policy).parsePool,
	"series":   (*Policy).parseSeries,
	"counter":  (*Policy).parseCounter,
	"crashers": (*Policy).parseCrashers,
}

// limits are the rules that are about bounds.
var limits = map[string]func(*line) (Limit, error){
	"hours":  parseHours,
	"quota":  parseQuota,
	"only":   func(l *line) (Limit, error) { who, err := parseWho(l); return Only(who), err },
	"ahead":  func(l *line) (Limit, error) { b, err := parseBounds(l); return Ahead(b), err },
	"length": func(l *line) (Limit, error) { b, err := parseBounds(l); return Length(b), err },
}

var actions = []Action{Accept, Tentative, Ask, Decline, Leave}

func (p *Policy) parseLine(text string, n int, seen map[string]int) error {
	if err := clean(text); err != nil {
		return err
	}
	l, err := split(text)
	if err != nil || len(l.words) == 0 {
		return err
	}
	first := l.next()
	if set := settings[first]; set != nil {
		if seen[first] > 0 {
			return fmt.Errorf("%s is said in line %d already", first, seen[first])
		}
		seen[first] = n
		if err := set(p, l); err != nil {
			return err
		}
		return l.end()
	}
	if len(p.Rules) == maxRules {
		return fmt.Errorf("more than %d rules", maxRules)
	}
	r := Rule{Do: Decline}
	switch {
	case limits[first] != nil:
		r.Limit, err = limits[first](l)
	case slices.Contains(actions, Action(first)):
		r.Do = Action(first)
	default:
		err = fmt.Errorf("%q begins no line: write only, hours, ahead, length, quota, accept, decline, ask, tentative, leave, capacity, pool, series, counter or crashers", first)
	}
	if err == nil {
		err = r.parseRest(l)
	}
	if err == nil {
		p.Rules = append(p.Rules, r)
	}
	return err
}

// parseRest reads what all rules may have: when, from, else, and a text.
func (r *Rule) parseRest(l *line) (err error) {
	if r.Limit == nil && l.take("when") {
		if r.When = When(l.next()); r.When != WhenFree && r.When != WhenBusy {
			return errors.New("say when free or when busy")
		}
	}
	if _, only := r.Limit.(Only); !only && l.take("from") {
		if r.From, err = parseWho(l); err != nil {
			return err
		}
	}
	if r.Limit != nil && l.take("else") {
		r.Do = Action(l.next())
		if r.Do != Decline && r.Do != Ask && r.Do != Leave {
			return errors.New("say else decline, else ask or else leave")
		}
	}
	r.Text = l.text()
	return l.end()
}

// parseWho reads people up to a word that is none.
func parseWho(l *line) (list []Who, err error) {
	for {
		l.take(",")
		text := l.peek()
		if text == "" || text == "else" || text == "from" || text == "when" {
			break
		}
		l.next()
		text = strings.TrimPrefix(text, "mailto:")
		if text == "" || text[0] == '#' || text == "*@" || text == "group:" || strings.HasPrefix(text, "*") && !strings.HasPrefix(text, "*@") || text == "else" || text == "from" || text == "when" {
			return nil, fmt.Errorf("%q is nobody: write a name, an address, group:NAME, *@DOMAIN or anyone", text)
		}
		list = append(list, Who(text))
	}
	if len(list) == 0 {
		return nil, errors.New("say whom: names, addresses, group:NAME, *@DOMAIN or anyone")
	}
	if len(list) > maxNames {
		return nil, fmt.Errorf("more than %d names in a line: make a group of them", maxNames)
	}
	return list, nil
}

func (p *Policy) parseCapacity(l *line) (err error) {
	p.Capacity, err = strconv.Atoi(l.next())
	if err != nil || p.Capacity < 1 || p.Capacity > maxCapacity {
		return fmt.Errorf("the capacity is how many bookings there may be at one time: 1 to %d", maxCapacity)
	}
	return nil
}

func (p *Policy) parsePool(l *line) error {
	for {
		l.take(",")
		name := l.next()
		switch {
		case name == "" && len(p.Pool) == 0:
			return errors.New("say which rooms are in the pool: pool room-a room-b")
		case name == "":
			return nil
		case slices.Contains(p.Pool, name):
			return fmt.Errorf("%s is in the pool twice", name)
		case len(p.Pool) == maxNames:
			return fmt.Errorf("more than %d rooms in the pool", maxNames)
		}
		p.Pool = append(p.Pool, name)
	}
}

func (p *Policy) parseSeries(l *line) error {
	switch {
	case l.take("all"):
		p.Series = Series{Set: true}
	case l.take("partly", "at", "most"):
		text := l.next()
		share, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
		if err != nil || !strings.HasSuffix(text, "%") || share < 1 || share > 100 {
			return fmt.Errorf("%q is no share: write such as series partly at most 25%%", text)
		}
		p.Series = Series{true, share}
	case l.take("partly"):
		p.Series = Series{true, 100}
	default:
		return errors.New("say series all, series partly, or series partly at most 25%")
	}
	return nil
}

func (p *Policy) parseCounter(l *line) (err error) {
	if !l.take("within") {
		return errors.New("say in how much time: counter within 7d hold 2h")
	}
	if p.Counter.Within, err = parseDuration(l.next()); err != nil {
		return err
	}
	if p.Counter.Within > maxCounter {
		return fmt.Errorf("a free time is looked for within %s at most", formatDuration(maxCounter))
	}
	if l.take("hold") {
		p.Counter.Hold, err = parseDuration(l.next())
	}
	return err
}

func (p *Policy) parseCrashers(l *line) error {
	switch p.Crashers = Crashers(l.next()); p.Crashers {
	case CrashersIgnore, CrashersAsk, CrashersAdd:
		return nil
	}
	return errors.New("say crashers ignore, crashers ask or crashers add")
}
