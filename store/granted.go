package store

import (
	"context"

	"convene/acl"
)

// HomesGranted are the owners of the homes in which an entry of some list gives rights to who, or to a group it is in, by name; its own
// home is left out.
func (db *DB) HomesGranted(ctx context.Context, who *Principal) (_ []*Principal, err error) {
	defer annotate(&err, "HomesGranted(%d)", who.ID)
	names := []string{who.Name}
	for _, g := range who.Groups {
		names = append(names, acl.GroupMark+g)
	}
	// The index finds the word, which may be that of somebody's letters too: every other word is a name.
	return db.related(ctx, `p.id <> $1 AND p.id IN (
		SELECT owner
		FROM collection
		WHERE string_to_array(rights, ' ') && $2 AND kind <> 'shared' AND NOT deleted AND EXISTS (
			SELECT FROM unnest(string_to_array(rights, ' ')) WITH ORDINALITY AS list (word, n)
			WHERE n % 2 = 1 AND word = ANY ($2)))`, who.ID, names)
}
