// Package scheduling carries out what a change of a calendar object means for other people (RFC 6638 section 3.2): everyone who has a
// calendar here gets the change in it, in the transaction of the change; what goes to people outside is left for a [Carrier].
//
// What is to be said to whom is the business of package itip, whose functions are pure. This package finds out who the people are, looks
// after rights, stores copies and Inbox items, and notes every decision in a trace. Run is the way in for whoever writes objects.
package scheduling

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"convene/scheduling/freebusy"
	"convene/store"
)

// Options of an Engine. DB is required.
type Options struct {
	DB       *store.DB
	Log      *slog.Logger     // nil: slog.Default()
	Carrier  Carrier          // of messages to people outside; nil: Keeper
	Domains  []string         // of the server: an address in one of them that nobody has is nobody's
	FreeBusy *freebusy.Engine // for rooms that look for a free time; nil: one of its own
	Off      bool             // nobody is told of any change; jobs that wait are done

	MaxInline      int           // people that a change is delivered to in its own transaction, the others follow at once; 0: 100
	MaxInlineBytes int           // likewise of their copies together; 0: 2 MiB
	RefreshDelay   time.Duration // after which the other attendees see an answer, and those that came meanwhile; 0: 5 s
	MaxMembers     int           // of a group that is invited; 0: 2,000
	MaxInstances   int           // that what comes from outside may have within a year; 0: 10,000
	URL            string        // of the server, below which principals have addresses too; "": only as paths

	Count func(what, result string) // told of each delivery and job; may be nil
}

// Engine delivers. Its methods may be called by many goroutines.
type Engine struct {
	db       *store.DB
	log      *slog.Logger
	carrier  Carrier
	domains  map[string]bool
	host     string // of Options.URL
	freebusy *freebusy.Engine
	o        Options
}

// New returns an Engine.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Carrier == nil {
		o.Carrier = Keeper{}
	}
	if o.MaxInline == 0 {
		o.MaxInline = 100
	}
	if o.MaxInlineBytes == 0 {
		o.MaxInlineBytes = 2 << 20
	}
	if o.RefreshDelay == 0 {
		o.RefreshDelay = 5 * time.Second
	}
	if o.MaxMembers == 0 {
		o.MaxMembers = 2000
	}
	if o.MaxInstances == 0 {
		o.MaxInstances = 10_000
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	if o.FreeBusy == nil {
		o.FreeBusy = &freebusy.Engine{DB: o.DB, Log: o.Log, MaxPeriods: 100_000}
	}
	e := &Engine{db: o.DB, log: o.Log, carrier: o.Carrier, domains: make(map[string]bool), freebusy: o.FreeBusy, o: o}
	if u, err := url.Parse(o.URL); err == nil {
		e.host = u.Hostname()
	}
	for _, d := range o.Domains {
		e.domains[d] = true
	}
	return e
}

// Off says whether nobody is told of any change here.
func (e *Engine) Off() bool { return e.o.Off }

// Works says whether what is written in the calendars of a home is scheduled: that takes an Inbox and an Outbox.
func Works(home *store.Home) bool { return home.Inbox() != nil && home.Outbox() != nil }

// A Carrier takes messages to people who have no calendar here.
type Carrier interface {
	// Carry sends one message, and returns what became of it as a SCHEDULE-STATUS (RFC 6638 section 3.2.9): "1.1" sent, "5.1" could not be
	// delivered, "5.2" there is no way to deliver it. After an error it is tried again later. It may be called more than once for one message.
	Carry(ctx context.Context, m *store.Outgoing) (status string, err error)
}

// Keeper is the Carrier that sends nothing: messages stay where an administrator can read them, and organizers are told that there is no
// way to deliver them.
type Keeper struct{}

// Carry says that nobody carries the message.
func (Keeper) Carry(context.Context, *store.Outgoing) (string, error) { return statusNoService, nil }

// What became of a message (RFC 6638 section 3.2.9).
const (
	statusPending     = "1.0"
	statusSent        = "1.1"
	statusDelivered   = "1.2"
	statusInvalidUser = "3.7"
	statusNoAuthority = "3.8"
	statusFailed      = "5.1"
	statusNoService   = "5.2"
	statusNotCapable  = "5.3"
)
