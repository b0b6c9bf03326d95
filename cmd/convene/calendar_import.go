package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"time"

	"convene/ical"
	"convene/store"
)

type calendarImportCommand struct {
	settings
	Owner       string `arg:"" help:"Whose."`
	Name        string `arg:"" help:"Name of the calendar in the URL; it is created when missing."`
	File        string `arg:"" help:"iCalendar file; - for standard input."`
	DryRun      bool   `help:"Report what would happen, and change nothing."`
	GenerateUID bool   `name:"generate-uid" help:"Give events without UID one made from their content, instead of refusing them."`
	JSON        bool   `help:"Print the report as JSON."`
}

// Help explains.
func (calendarImportCommand) Help() string {
	return `All is taken in one transaction: others see the whole import or nothing of it. What has the UID of something in the
calendar replaces it. What cannot be stored is reported with its line and the reason, and the rest is taken. An import never
invites or tells anybody.

Examples:
  convene calendar import ann Default old.ics --dry-run
  convene calendar import ann Default old.ics
  curl -s https://example.org/holidays.ics | convene calendar import ann holidays -`
}

// importReport says what became of a file.
type importReport struct {
	Taken     int             `json:"taken"`     // new
	Changed   int             `json:"changed"`   // other content than the calendar had under the UID
	Unchanged int             `json:"unchanged"` // the same as the calendar has
	Refused   []refusedObject `json:"refused"`
	DryRun    bool            `json:"dry_run"`
}

type refusedObject struct {
	Line   int    `json:"line"`
	UID    string `json:"uid"`
	Reason string `json:"reason"`
}

func (r *importReport) refuse(line int, uid string, err error) {
	reason := err.Error()
	var bad *ical.Error
	if errors.As(err, &bad) {
		reason = bad.Detail // its line may count from the start of the object
	}
	r.Refused = append(r.Refused, refusedObject{line, uid, reason})
}

// maxImportBytes bounds the file, which is read whole.
const maxImportBytes = 1 << 30

// Run imports the file.
func (c *calendarImportCommand) Run(run *session) error {
	raw, err := c.read(run)
	if err != nil {
		return err
	}
	return c.with(run, func(db *database) error {
		report, err := c.take(run, db, raw)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(run.out, report)
		}
		report.print(run)
		return nil
	})
}

func (c *calendarImportCommand) read(run *session) ([]byte, error) {
	in := io.Reader(run.in)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxImportBytes+1))
	if err == nil && len(raw) > maxImportBytes {
		err = fmt.Errorf("%s is larger than %d bytes: take it in parts", c.File, maxImportBytes)
	}
	return raw, err
}

func (c *calendarImportCommand) take(run *session, db *database, raw []byte) (*importReport, error) {
	limits := ical.Limits{MaxBytes: int(db.cfg.Limits.ObjectSize), MaxAttendees: db.cfg.Limits.Attendees}
	var opts []ical.SplitOption
	if c.GenerateUID {
		opts = append(opts, ical.GenerateUID)
	}
	objects, refused, err := ical.Split(raw, limits, opts...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	owner, err := db.principal(run, "", c.Owner)
	if err != nil {
		return nil, err
	}
	home, err := db.Home(run.ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	if coll := home.Collection(c.Name); coll != nil && coll.Kind != store.KindCalendar {
		return nil, fmt.Errorf("%s of %s is no calendar", c.Name, owner.Name)
	}
	// The transaction may run again after a conflict with another, so each try makes its own report.
	report, err := store.InTx(run.ctx, db.DB, []store.PrincipalID{owner.ID}, func(ctx context.Context, tx *store.Tx) (*importReport, error) {
		report := &importReport{Refused: []refusedObject{}, DryRun: c.DryRun}
		for _, r := range refused {
			report.refuse(max(r.Line, r.Err.Line), r.UID, r.Err)
		}
		if err := c.store(ctx, run, tx, tx.Home(owner.ID), objects, limits, report); err != nil {
			return nil, err
		}
		if c.DryRun {
			return nil, dryRunReport{report}
		}
		return report, nil
	})
	var dry dryRunReport
	if errors.As(err, &dry) {
		return dry.importReport, nil
	}
	return report, err
}

// dryRunReport carries the report out of a transaction that is taken back.
type dryRunReport struct{ *importReport }

func (dryRunReport) Error() string { return "dry run" }

// store stores the objects in the transaction.
func (c *calendarImportCommand) store(ctx context.Context, run *session, tx *store.Tx, home *store.Home, objects []ical.SplitObject,
	limits ical.Limits, report *importReport) error {
	coll := home.Collection(c.Name)
	if coll == nil {
		var err error
		if coll, err = tx.CreateCollection(ctx, home.Owner.ID, store.NewCollection{Name: c.Name, Kind: store.KindCalendar}); err != nil {
			return err
		}
	}
	present, taken := map[string]*store.Object{}, map[string]bool{} // by UID; names
	err := tx.Objects(ctx, coll, false, func(o *store.Object) error {
		present[o.UID], taken[o.Name] = o, true
		return nil
	})
	if err != nil {
		return err
	}
	tx.LookAgain(home.Owner.ID)
	progress := newProgress(run, len(objects))
	defer progress.done()
	for _, o := range objects {
		progress.step()
		in, err := newObject(o.Raw, limits, coll, tx.Now())
		if err != nil {
			report.refuse(o.Line, o.UID, err)
			continue
		}
		old := present[in.UID]
		switch {
		case old == nil:
			in.Name = objectName(in.UID, taken)
			taken[in.Name] = true
			report.Taken++
		case old.ETag == in.ETag:
			report.Unchanged++
			continue
		default:
			in.Name = old.Name
			report.Changed++
		}
		if _, err := tx.Put(ctx, coll, in); err != nil {
			return fmt.Errorf("line %d: %w", o.Line, err)
		}
	}
	return nil
}

// newObject is what is stored of an object; without its name.
func newObject(raw []byte, limits ical.Limits, coll *store.Collection, now time.Time) (store.NewObject, error) {
	obj, err := ical.ParseObject(raw, limits)
	if err != nil {
		return store.NewObject{}, err
	}
	if len(coll.Components) > 0 && !slices.Contains(coll.Components, obj.Component) {
		return store.NewObject{}, fmt.Errorf("the calendar does not take %s", obj.Component)
	}
	index, err := obj.Index(now, coll.Zone, coll.Person.Is)
	if err != nil {
		return store.NewObject{}, err
	}
	return store.NewObject{UID: obj.UID, Component: obj.Component, ETag: store.ETagOf(raw), Data: raw, Index: index}, nil
}

// objectName makes a name from a UID: the UID itself where that is short and plain, else its hash.
func objectName(uid string, taken map[string]bool) string {
	name := uid + ".ics"
	if url.PathEscape(uid) != uid || len(uid) > 100 || taken[name] || uid[0] == '.' {
		sum := sha256.Sum256([]byte(uid))
		name = hex.EncodeToString(sum[:16]) + ".ics"
	}
	return name
}

func (r *importReport) print(run *session) {
	for _, o := range r.Refused {
		printf(run.errOut, "line %d: not taken: %s (UID %q)\n", o.Line, o.Reason, o.UID)
	}
	verb := "Taken"
	if r.DryRun {
		verb = "A dry run, nothing is stored. Would be taken"
	}
	printf(run.out, "%s: %d new, %d changed, %d unchanged; refused: %d.\n", verb, r.Taken, r.Changed, r.Unchanged, len(r.Refused))
}
