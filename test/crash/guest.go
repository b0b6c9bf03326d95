package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"convene/test/harness"
)

// Guest answers invitations. Its ledger has the answers that were acknowledged, and the one of which that is not known.
type Guest struct {
	Client  *harness.Client
	Rand    *rand.Rand
	Writes  *atomic.Int64
	Answers map[string]string // PARTSTAT by UID
	Sent    map[string]int    // answers by UID, since the organizers' Inboxes were last emptied
	Pending *reply
}

type reply struct{ uid, answer string }

var answers = []string{"ACCEPTED", "DECLINED", "TENTATIVE"}

// Run answers until ctx ends or an answer is not acknowledged.
func (g *Guest) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		paths, err := g.Client.List(ctx, g.Client.Default())
		if err != nil {
			return nil // the crash
		}
		if len(paths) == 0 {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		list := make([]string, 0, len(paths))
		for p := range paths {
			list = append(list, p)
		}
		slices.Sort(list)
		if more, err := g.answer(context.WithoutCancel(ctx), list[g.Rand.IntN(len(list))]); err != nil || !more {
			return err
		}
	}
	return nil
}

// answer answers one invitation anew. more is false after an answer of which is not known what came of it.
func (g *Guest) answer(ctx context.Context, path string) (more bool, err error) {
	resp, err := g.Client.Do(ctx, "GET", path, "")
	if err != nil || resp.Status != http.StatusOK {
		return err == nil && resp.Status == http.StatusNotFound, nil
	}
	it := readItem(path, string(resp.Body))
	if it.Cancelled {
		return true, nil
	}
	answer := answers[g.Rand.IntN(len(answers))]
	if answer == it.Answers[address(g.Client.User)] {
		return true, nil
	}
	g.Pending = &reply{it.UID, answer}
	resp, err = g.Client.Do(ctx, "PUT", path, withAnswer(string(resp.Body), address(g.Client.User), answer), "If-Match", resp.ETag())
	switch {
	case err != nil || resp.Status == http.StatusServiceUnavailable:
		return false, nil
	case resp.Status == http.StatusPreconditionFailed: // the organizer was faster
		g.Pending = nil
		return true, nil
	case resp.Status >= 300:
		return false, fmt.Errorf("%s: %s to %s: got %v", g.Client.User, answer, it.UID, resp)
	}
	g.settle()
	g.Writes.Add(1)
	return true, nil
}

func (g *Guest) settle() {
	g.Answers[g.Pending.uid] = g.Pending.answer
	g.Sent[g.Pending.uid]++
	g.Pending = nil
}

// Resolve finds out whether the pending answer was given, by what the guest's own copy says.
func (g *Guest) Resolve(own map[string]*item) error {
	p := g.Pending
	it := own[p.uid]
	if it == nil {
		return fmt.Errorf("%s: %s is gone", g.Client.User, p.uid)
	}
	switch it.Answers[address(g.Client.User)] {
	case p.answer:
		g.settle()
	case g.Answers[p.uid], "NEEDS-ACTION":
		g.Pending = nil
	default:
		return fmt.Errorf("%s: the answer to %s is %q, and neither %q nor %q", g.Client.User, p.uid, it.Answers[address(g.Client.User)], g.Answers[p.uid], p.answer)
	}
	return nil
}

// item is what the tests look at in an event or a message.
type item struct {
	Path, UID, Summary, Method string
	Cancelled                  bool
	Answers                    map[string]string // PARTSTAT by address
}

var partStat = regexp.MustCompile(`;PARTSTAT=([A-Z-]+)`)

func readItem(path, data string) *item {
	it := &item{Path: path, Answers: map[string]string{}}
	for line := range strings.SplitSeq(unfold(data), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch property, _, _ := strings.Cut(name, ";"); property {
		case "UID":
			it.UID = value
		case "SUMMARY":
			it.Summary = value
		case "METHOD":
			it.Method = value
		case "STATUS":
			it.Cancelled = value == "CANCELLED"
		case "ATTENDEE":
			it.Answers[value] = "NEEDS-ACTION"
			if m := partStat.FindStringSubmatch(name); m != nil {
				it.Answers[value] = m[1]
			}
		}
	}
	return it
}

func unfold(data string) string {
	return strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\n ", "")
}

// withAnswer changes the PARTSTAT of one attendee.
func withAnswer(data, who, answer string) string {
	lines := strings.Split(unfold(data), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "ATTENDEE") && strings.HasSuffix(line, ":"+who) {
			name, _ := strings.CutSuffix(line, ":"+who)
			lines[i] = partStat.ReplaceAllString(name, "") + ";PARTSTAT=" + answer + ":" + who
		}
	}
	return strings.Join(lines, "\r\n")
}
