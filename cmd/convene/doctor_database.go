package main

import (
	"errors"
	"syscall"
	"time"

	"convene/ical"
	"convene/store"
)

// Bounds of what is well.
const (
	oldestPostgres = 14
	clockSkew      = 5 * time.Second
	lowDisk        = 1 << 30
	lowDiskPercent = 5
	jobsLate       = 10 * time.Minute
)

func (e *examination) checkDatabase(s *settings) {
	err := s.withURL(e.run, func(url string) error {
		steps, err := store.MigrationStatus(e.run.ctx, url)
		if err != nil {
			return err
		}
		missing := 0
		for _, m := range steps {
			if m.Applied.IsZero() {
				missing++
			}
		}
		if missing > 0 {
			e.add("schema", note, "convene migrate up, or start the server", "%d steps are missing", missing)
			return nil
		}
		e.add("schema", good, "", "up to date (%d steps)", len(steps))
		return e.checkStore(s)
	})
	switch {
	case errors.Is(err, store.ErrSchemaNewer):
		e.add("schema", bad, "use the release that wrote it, or a later one", "%v", err)
	case err != nil:
		e.add("database", bad, "see that PostgreSQL runs, and that database.url is right", "%v", err)
	}
}

func (e *examination) checkStore(s *settings) error {
	return s.with(e.run, func(db *database) error {
		start := time.Now()
		info, err := db.Info(e.run.ctx)
		if err != nil {
			return err
		}
		took := time.Since(start)
		skew := info.Now.Sub(start.Add(took / 2)).Round(time.Millisecond)
		kind := "configured"
		if e.cfg.Database.URL == "" {
			kind = "private"
		}
		if info.Major < oldestPostgres {
			e.add("database", bad, "upgrade PostgreSQL to 14 or later", "PostgreSQL %s is too old", info.Version)
		} else {
			e.add("database", good, "", "PostgreSQL %s (%s), %s, answers in %s", info.Version, kind, bytes(info.Size), took.Round(10*time.Microsecond))
		}
		if !info.Durable {
			e.add("database", bad, "turn fsync and full_page_writes on in PostgreSQL's configuration", "a power failure can destroy the data: fsync or full_page_writes is off")
		}
		if skew.Abs() > clockSkew {
			e.add("clock", bad, "set both clocks by NTP", "the database's clock differs from this machine's by %s", skew)
		} else {
			e.add("clock", good, "", "differs from the database's by %s", skew.Abs())
		}
		return e.checkJobs(db)
	})
}

// checkJobs looks for work that is not done: what fails again and again, and what nobody does.
func (e *examination) checkJobs(db *database) error {
	waiting, failing, err := db.JobCounts(e.run.ctx)
	if err != nil {
		return err
	}
	next, err := db.NextJob(e.run.ctx)
	if err != nil {
		return err
	}
	switch {
	case failing > 0:
		e.add("jobs", bad, "convene jobs list --failing says why", "%d of %d jobs fail: invitations or answers do not arrive", failing, waiting)
	case waiting > 0 && time.Since(next) > jobsLate:
		e.add("jobs", bad, "see that convene serve runs", "nobody does what was due on %s (%d wait)", formatTime(next), waiting)
	default:
		e.add("jobs", good, "", "none fails, %d wait", waiting)
	}
	return nil
}

func (e *examination) checkDisk() {
	var st syscall.Statfs_t
	if err := syscall.Statfs(e.cfg.Data, &st); err != nil {
		if errors.Is(err, syscall.ENOENT) {
			e.add("disk", note, "", "the data folder %s does not exist yet", e.cfg.Data)
			return
		}
		e.add("disk", bad, "see who may read the folder", "%s: %v", e.cfg.Data, err)
		return
	}
	free, total := int64(st.Bavail)*st.Bsize, int64(st.Blocks)*st.Bsize
	if free < lowDisk || free*100 < total*lowDiskPercent {
		e.add("disk", bad, "make room, or move the data folder", "only %s free for %s", bytes(free), e.cfg.Data)
		return
	}
	e.add("disk", good, "", "%s free for %s", bytes(free), e.cfg.Data)
}

// checkZones sees that the time zone data are there and know a rule of Europe and one of America.
func (e *examination) checkZones() {
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string]int{"Europe/Berlin": 2 * 3600, "America/New_York": -4 * 3600} {
		loc, ok := ical.ZoneByName(name)
		if !ok {
			e.add("zones", bad, "the binary was built without its time zone data: build it again", "%s is not known", name)
			return
		}
		if _, offset := summer.In(loc).Zone(); offset != want {
			e.add("zones", bad, "the binary's time zone data are damaged: build it again", "%s is %d seconds from UTC in July 2026", name, offset)
			return
		}
	}
	e.add("zones", good, "", "built in; floating times are taken in %s", e.cfg.Timezone)
}
