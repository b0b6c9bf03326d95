package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Columns of an object in the order in which decodeObject takes them.
const (
	objectColumns = `id, name, uid, component, etag, schedule_tag, modseq, deleted, size, created, modified, props, class`
	dataColumns   = objectColumns + `, data`
	tagColumns    = `id, name, NULL::text, NULL::text, etag, NULL::text, modseq, deleted, NULL::int, NULL::timestamptz, NULL::timestamptz, NULL::jsonb, class`

	countObjectColumns = 13
)

// Detail is how much of each object a listing gives.
type Detail int

// The details. Each column costs the database about as much as finding the row.
const (
	Tags    Detail = iota // ID, Name, ETag, Modseq, Deleted and Class: all that a client asks for which synchronises
	Listing               // everything but Data
)

// columns are those of a listing.
func (d Detail) columns() string {
	if d == Tags {
		return tagColumns
	}
	return objectColumns
}

// scanObject reads a row of objectColumns or tagColumns, with data a row of dataColumns; values of more columns go to more. Objects
// are what there are many of, so their columns are taken as they come instead of by pgx's conversions.
func scanObject(rows pgx.Rows, coll *Collection, data bool, more ...any) (*Object, error) {
	o := &Object{Owner: coll.Owner, Collection: coll.ID}
	fields, values := rows.FieldDescriptions(), rows.RawValues()
	n := countObjectColumns
	if data {
		n++
	}
	if fields[0].Format != pgtype.BinaryFormatCode {
		return nil, errors.New("the database's URL must leave default_query_exec_mode as it is")
	}
	if err := decodeObject(values[:n], o); err != nil {
		return nil, err
	}
	m := rows.Conn().TypeMap()
	for i, target := range more {
		f := fields[n+i]
		if err := m.Scan(f.DataTypeOID, f.Format, values[n+i], target); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// decodeObject copies the values, whose memory is pgx's.
func decodeObject(v [][]byte, o *Object) (err error) {
	for i, size := range [...]int{0: 8, 6: 8, 7: 1, 8: 4, 9: 8, 10: 8, 12: 2} {
		if size != 0 && v[i] != nil && len(v[i]) != size {
			return fmt.Errorf("column %d of an object has %d bytes, want %d", i, len(v[i]), size)
		}
	}
	o.ID = int64(binary.BigEndian.Uint64(v[0]))
	if v[8] != nil {
		o.Size = int(binary.BigEndian.Uint32(v[8]))
		o.Created, o.Modified = decodeTime(v[9]), decodeTime(v[10])
	}
	// One string for all texts: they live and die together.
	text := string(v[1]) + string(v[2]) + string(v[4]) + string(v[5])
	cut := func(n int) (s string) {
		s, text = text[:n], text[n:]
		return s
	}
	o.Name, o.UID, o.ETag, o.ScheduleTag = cut(len(v[1])), cut(len(v[2])), cut(len(v[4])), cut(len(v[5]))
	o.Component = component(v[3])
	o.Modseq = int64(binary.BigEndian.Uint64(v[6]))
	o.Deleted = v[7][0] != 0
	o.Class = ical.Class(binary.BigEndian.Uint16(v[12]))
	if v[11] != nil {
		if err := json.Unmarshal(v[11], &o.Props); err != nil {
			return err
		}
	}
	if len(v) > countObjectColumns && v[13] != nil {
		o.Data = append(make([]byte, 0, len(v[13])), v[13]...)
	}
	return nil
}

// component saves the memory of the usual names.
func component(b []byte) string {
	switch string(b) {
	case "VEVENT":
		return "VEVENT"
	case "VTODO":
		return "VTODO"
	case "VJOURNAL":
		return "VJOURNAL"
	}
	return string(b)
}

// pgEpoch is what PostgreSQL counts microseconds from.
var pgEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func decodeTime(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b)) + pgEpoch).UTC()
}
