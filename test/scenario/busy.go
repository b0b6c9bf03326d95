package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"convene/ical"
	"convene/test/harness"
)

// question is about free/busy (RFC 6638 section 5).
type question struct {
	who      string
	whom     []string
	from, to string
	without  string // an object
	status   []Line // of the response as a whole
	answers  []busyAnswer
}

// busyAnswer is what is expected of one recipient.
type busyAnswer struct {
	line    Line
	whom    string
	status  string
	known   bool     // what follows is all
	periods []string // "BUSY 20261201T120000Z/20261201T130000Z"
}

var (
	busyLine   = regexp.MustCompile(`^(\S+): (\d\.\d+(?:\|\d\.\d+)*)(.*)$`)
	periodForm = regexp.MustCompile(`^\d{8}T\d{6}Z/\d{8}T\d{6}Z$`)
)

// parse reads the "->" lines.
func (q *question) parse(lines []Line) error {
	var errs []error
	for _, line := range lines {
		m := busyLine.FindStringSubmatch(line.Text)
		if m == nil {
			_, err := parseAnswer(line.Text)
			errs = append(errs, located(line.No, line.Text, err))
			q.status = append(q.status, line)
			continue
		}
		a := busyAnswer{line: line, whom: m[1], status: m[2]}
		words := strings.Fields(m[3])
		a.known = len(words) > 0
		if a.known && words[0] == "free" {
			words = words[1:]
		}
		for i := 0; i < len(words); i += 2 {
			if i+1 == len(words) || !strings.HasPrefix(words[i], "BUSY") || !periodForm.MatchString(words[i+1]) {
				errs = append(errs, located(line.No, line.Text, errors.New("want TYPE START/END, in UTC")))
				break
			}
			a.periods = append(a.periods, words[i]+" "+words[i+1])
		}
		q.answers = append(q.answers, a)
	}
	return errors.Join(errs...)
}

// ask sends the question and looks at the answers.
func (p *play) ask(q *question) error {
	client, someone, err := p.client(q.who)
	if err != nil {
		return err
	}
	p.tick()
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//scenarios//EN", "METHOD:REQUEST", "BEGIN:VFREEBUSY", "UID:busy" + p.pp.suffix,
		"DTSTAMP:" + p.on.now().UTC().Format("20060102T150405Z"), "DTSTART:" + q.from, "DTEND:" + q.to, "ORGANIZER:" + p.pp.address(q.who),
	}
	for _, whom := range q.whom {
		lines = append(lines, "ATTENDEE:"+p.pp.address(whom))
	}
	if q.without != "" {
		lines = append(lines, "X-CALENDARSERVER-MASK-UID:"+p.uid(q.without))
	}
	body := strings.Join(append(lines, "END:VFREEBUSY", "END:VCALENDAR", ""), "\r\n")
	r, err := client.Do(p.ctx, http.MethodPost, someone.home()+"Outbox/", body)
	if err != nil {
		return err
	}
	checks, err := parseAnswers(q.status)
	if err != nil {
		return err
	}
	if err := p.checkAnswer(checks, r); err != nil || r.Status != http.StatusOK {
		return err
	}
	root, err := harness.ParseXML(r.Body)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range q.answers {
		n := freeBusyResponse(root, func(address string) bool { return p.pp.same(a.whom, address) })
		errs = append(errs, located(a.line.No, "-> "+a.line.Text, a.check(n)))
	}
	return errors.Join(errs...)
}

// check compares the response for one recipient.
func (a *busyAnswer) check(n *harness.Node) error {
	if n == nil {
		return errors.New("found no response for that address")
	}
	status := n.Child(harness.CalDAV("request-status")).Value()
	if code, _, _ := strings.Cut(status, ";"); !slices.Contains(strings.Split(a.status, "|"), code) {
		return fmt.Errorf("found %s", status)
	}
	if !a.known {
		return nil
	}
	data := n.Child(harness.CalDAV("calendar-data"))
	if data == nil {
		return errors.New("found no calendar-data")
	}
	got, err := periods(data.Value() + "\n")
	if err != nil {
		return err
	}
	slices.Sort(a.periods)
	return unless(slices.Equal(got, a.periods), "found %s", strings.Join(got, " "))
}

// periods lists the FREEBUSY of an answer, those of one type joined where they touch.
func periods(raw string) ([]string, error) {
	cal, err := parseCalendar(raw)
	if err != nil {
		return nil, err
	}
	byType := map[string][]ical.Range{}
	for _, part := range cal.parts() {
		for _, p := range part.all("FREEBUSY") {
			kind, there := p.param("FBTYPE")
			if !there {
				kind = "BUSY"
			}
			for _, value := range strings.Split(p.value, ",") {
				r, err := parsePeriod(value)
				if err != nil {
					return nil, err
				}
				byType[kind] = append(byType[kind], r)
			}
		}
	}
	var all []string
	for kind, list := range byType {
		for _, r := range joined(list) {
			all = append(all, kind+" "+r.Start.Format(timeForms[0])+"/"+r.End.Format(timeForms[0]))
		}
	}
	slices.Sort(all)
	return all, nil
}

func parsePeriod(value string) (r ical.Range, err error) {
	from, to, _ := strings.Cut(value, "/")
	if r.Start, err = time.Parse(timeForms[0], from); err != nil {
		return r, err
	}
	if !strings.HasPrefix(to, "P") {
		r.End, err = time.Parse(timeForms[0], to)
		return r, err
	}
	d, err := ical.ParseDuration(to)
	r.End = d.AddTo(r.Start)
	return r, err
}

func joined(list []ical.Range) []ical.Range {
	slices.SortFunc(list, func(a, b ical.Range) int { return a.Start.Compare(b.Start) })
	var all []ical.Range
	for _, r := range list {
		if n := len(all) - 1; n >= 0 && !r.Start.After(all[n].End) {
			if r.End.After(all[n].End) {
				all[n].End = r.End
			}
			continue
		}
		all = append(all, r)
	}
	return all
}
