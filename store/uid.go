package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Place is a collection in somebody's home.
type Place struct {
	Owner      PrincipalID
	Collection CollectionID
}

// PlacesOfUID returns the calendars in the homes of owners (nil: in all) that have an object with a UID, limit of them at most. It is for
// administrators: with all homes it asks each calendar.
func (db *DB) PlacesOfUID(ctx context.Context, uid string, owners []PrincipalID, limit int) (_ []Place, err error) {
	defer annotate(&err, "PlacesOfUID(%q)", uid)
	rows, err := db.pool.Query(ctx, `
		SELECT c.owner, c.id
		FROM collection c
		JOIN object o ON o.owner = c.owner AND o.collection = c.id AND o.uid = $1 AND o.uid <> '' AND NOT o.deleted
		WHERE c.kind = 'calendar' AND NOT c.deleted AND ($2::bigint[] IS NULL OR c.owner = ANY ($2))
		ORDER BY c.owner, c.name
		LIMIT $3`, storable(uid), owners, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Place])
}
