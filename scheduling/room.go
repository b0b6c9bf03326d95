package scheduling

import (
	"context"

	"convene/scheduling/itip"
	"convene/store"
)

// attend answers for rooms, and for people with a policy, what was just delivered into cp.
func (w *Work) attend(ctx context.Context, cp *copied) error { return nil }

// occupied is told of each object that a client has stored.
func (w *Work) occupied(ctx context.Context, cp *copied) error { return nil }

// vacated is told of each object that a client has removed.
func (w *Work) vacated(ctx context.Context, home *store.Home, uid string) error { return nil }

// crashed is told of an answer by somebody who was not invited.
func (w *Work) crashed(ctx context.Context, home *store.Home, cp *copied, m itip.Message) error {
	return nil
}
