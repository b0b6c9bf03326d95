// Package rooms books rooms with many clients at once, and looks whether everybody was told the truth: what the organizer's copy says
// after a PUT is what the room's calendar and its bookings say, and no two have the room at one time. The server is killed now and then.
package rooms

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"convene/test/harness"
)

// client is a device that organizes one event at a time.
type client struct {
	*harness.Client
	rand *rand.Rand
	room string // address of what it books
	uid  string
	path string
	slot slot
}

// slot is a time from start up to, not including, end.
type slot struct{ start, end time.Time }

func (s slot) overlaps(o slot) bool { return s.start.Before(o.end) && o.start.Before(s.end) }

// said is what somebody's copy says of the event, and of the answer of the room.
type said struct {
	slot
	there     bool
	cancelled bool
	answer    string
}

const stamp = "20060102T150405Z"

// begin turns to a new event.
func (c *client) begin(n, round int) {
	c.uid = fmt.Sprintf("booking-%d-%d", round, n)
	c.path = c.Default() + c.uid + ".ics"
}

// put stores the event. known: the server has said what became of that.
func (c *client) put(ctx context.Context, s slot) (known bool, err error) {
	c.slot = s
	event := "BEGIN:VEVENT\nUID:" + c.uid + "\nDTSTAMP:20260101T000000Z\nSUMMARY:Meeting\nDTSTART:" + s.start.Format(stamp) + "\nDTEND:" + s.end.Format(stamp) +
		"\nORGANIZER:mailto:" + c.User + "@example.com\nATTENDEE:" + c.room + "\nEND:VEVENT"
	resp, err := c.Do(ctx, "PUT", c.path, harness.Calendar(event))
	return c.outcome(resp, err, http.StatusCreated, http.StatusNoContent)
}

// remove deletes the event.
func (c *client) remove(ctx context.Context) (known bool, err error) {
	resp, err := c.Do(ctx, "DELETE", c.path, "")
	return c.outcome(resp, err, http.StatusNoContent, http.StatusNotFound)
}

func (c *client) outcome(resp *harness.Response, err error, want ...int) (known bool, _ error) {
	if err != nil || resp.Status == http.StatusServiceUnavailable { // killed meanwhile, or about to be up again
		return false, nil
	}
	for _, status := range want {
		if resp.Status == status {
			return true, nil
		}
	}
	return true, fmt.Errorf("%s: %v", c.path, resp)
}

// look reads the organizer's copy.
func (c *client) look(ctx context.Context) (said, error) {
	resp, err := c.Do(ctx, "GET", c.path, "")
	if err != nil {
		return said{}, err
	}
	switch resp.Status {
	case http.StatusNotFound:
		return said{}, nil
	case http.StatusOK:
		_, s, err := read(string(resp.Body), c.room)
		return s, err
	}
	return said{}, fmt.Errorf("GET %s: %v", c.path, resp)
}

// read reads a calendar of one event.
func read(data, room string) (uid string, s said, err error) {
	s.there = true
	data = strings.ReplaceAll(data, "\r\n", "\n")
	for line := range strings.SplitSeq(strings.ReplaceAll(data, "\n ", ""), "\n") {
		name, value, _ := strings.Cut(line, ":")
		name, params, _ := strings.Cut(name, ";")
		var bad error
		switch {
		case name == "UID":
			uid = value
		case name == "DTSTART":
			s.start, bad = time.Parse(stamp, value)
		case name == "DTEND":
			s.end, bad = time.Parse(stamp, value)
		case name == "STATUS":
			s.cancelled = value == "CANCELLED"
		case name == "ATTENDEE" && value == room:
			for p := range strings.SplitSeq(params, ";") {
				if status, ok := strings.CutPrefix(p, "PARTSTAT="); ok {
					s.answer = status
				}
			}
		}
		if bad != nil {
			return uid, s, fmt.Errorf("%q: %w", line, bad)
		}
	}
	return uid, s, nil
}
