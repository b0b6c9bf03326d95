package store

import (
	"context"
	"time"
)

// Info is what there is to know of the database server.
type Info struct {
	Version string // "15.18 (Debian 15.18-0+deb12u1)"
	Major   int
	Now     time.Time // the server's clock
	Size    int64     // bytes of the database
	Durable bool      // what was committed survives a power failure
}

// Info asks the database server about itself.
func (db *DB) Info(ctx context.Context) (_ Info, err error) {
	defer annotate(&err, "Info")
	var i Info
	err = db.pool.QueryRow(ctx, `
		SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000, clock_timestamp(),
			pg_database_size(current_database()), current_setting('fsync')::bool AND current_setting('full_page_writes')::bool`).
		Scan(&i.Version, &i.Major, &i.Now, &i.Size, &i.Durable)
	return i, err
}
