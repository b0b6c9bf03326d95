package server

import (
	"context"
	"time"
)

// Maintenance works in small steps, so that it never holds up requests.
const (
	reindexEvery = 10 * time.Minute
	reindexBatch = 200
	purgeEvery   = 6 * time.Hour

	keepBookings = 400 * 24 * time.Hour // policies of rooms count the bookings of a year
)

// maintain keeps the database tidy until ctx ends: it computes again what the index of objects with instances far ahead
// lacks as time goes by, books rooms for such instances, and forgets what was deleted long ago.
func (s *Server) maintain(ctx context.Context) {
	reindex, purge := time.NewTicker(reindexEvery), time.NewTicker(purgeEvery)
	defer reindex.Stop()
	defer purge.Stop()
	s.reindex(ctx)
	s.book(ctx)
	s.purge(ctx) // a server that is restarted often has to get to it too
	for {
		select {
		case <-ctx.Done():
			return
		case <-reindex.C:
			s.reindex(ctx)
			s.book(ctx)
		case <-purge.C:
			s.purge(ctx)
		}
	}
}

func (s *Server) reindex(ctx context.Context) {
	for total := 0; ctx.Err() == nil; {
		done, err := s.db.ReindexStale(ctx, reindexBatch)
		total += done
		if err != nil && ctx.Err() == nil {
			s.log.Error("reindexing objects", "error", err)
		}
		if err != nil || done < reindexBatch {
			if total > 0 {
				s.log.Info("objects indexed anew", "count", total)
			}
			return
		}
	}
}

// book books rooms for the instances of series that have come near.
func (s *Server) book(ctx context.Context) {
	if _, err := s.scheduling.ExtendBookings(ctx, time.Now()); err != nil && ctx.Err() == nil {
		s.log.Error("extending the bookings of rooms", "error", err)
	}
}

func (s *Server) purge(ctx context.Context) {
	for _, step := range []struct {
		what string
		run  func(context.Context) (int64, error)
	}{
		{"what was deleted long ago", before(s.db.PurgeTombstones, s.cfg.Database.KeepDeleted)},
		{"old messages in Inboxes", before(s.db.PurgeInbox, s.cfg.Scheduling.KeepMessages)},
		{"old decisions about invitations", before(s.db.PurgeTrace, s.cfg.Scheduling.KeepTrace)},
		{"old messages to people outside", before(s.db.PurgeOutgoing, s.cfg.Scheduling.KeepTrace)},
		{"bookings of long ago", before(s.db.PurgeBookings, keepBookings)},
		{"expired locks", s.db.PurgeLocks},
		{"personal parts of objects that are gone", s.db.PurgeOverlays},
	} {
		removed, err := step.run(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("forgetting "+step.what, "error", err)
		}
		if removed > 0 {
			s.log.Info("forgot "+step.what, "count", removed)
		}
	}
}

// before purges what is older than a time.
func before(purge func(context.Context, time.Time) (int64, error), keep time.Duration) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) { return purge(ctx, time.Now().Add(-keep)) }
}
