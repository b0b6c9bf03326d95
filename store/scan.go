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

// Columns of an object in the order in which decodeObject takes them, each list a beginning of the next.
const (
	tagColumns    = `id, modseq, deleted, class, name, etag`
	objectColumns = tagColumns + `, size, created, modified, uid, component, schedule_tag, props`
	dataColumns   = objectColumns + `, data`
)

// Detail is how much of each object a listing gives.
type Detail int

// The details. Each column costs the database about as much as finding the row.
const (
	Tags    Detail = iota // ID, Modseq, Deleted, Class, Name and ETag: all that a client asks for which synchronises
	Listing               // everything but Data
	whole
)

// listing is with data or without.
func listing(withData bool) Detail {
	if withData {
		return whole
	}
	return Listing
}

// columns are those of a listing.
func (d Detail) columns() string { return [...]string{tagColumns, objectColumns, dataColumns}[d] }

// count is how many there are of them.
func (d Detail) count() int { return [...]int{6, 13, 14}[d] }

// scanObject reads a row of d.columns(); values of more columns go to more. Objects are what there are many of, so their columns are taken
// as they come instead of by pgx's conversions.
func scanObject(rows pgx.Rows, coll *Collection, d Detail, more ...any) (*Object, error) {
	o := &Object{Owner: coll.Owner, Collection: coll.ID}
	fields, values := rows.FieldDescriptions(), rows.RawValues()
	if fields[0].Format != pgtype.BinaryFormatCode {
		return nil, errors.New("the database's URL must leave default_query_exec_mode as it is")
	}
	n := d.count()
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
	for i, size := range [...]int{8, 8, 1, 2, 0, 0, 4, 8, 8} {
		if i < len(v) && size != 0 && len(v[i]) != size {
			return fmt.Errorf("column %d of an object has %d bytes, want %d", i, len(v[i]), size)
		}
	}
	o.ID, o.Modseq = int64(binary.BigEndian.Uint64(v[0])), int64(binary.BigEndian.Uint64(v[1]))
	o.Deleted, o.Class = v[2][0] != 0, ical.Class(binary.BigEndian.Uint16(v[3]))
	if len(v) == Tags.count() {
		text := string(v[4]) + string(v[5])
		o.Name, o.ETag = text[:len(v[4])], text[len(v[4]):]
		return nil
	}
	o.Size, o.Created, o.Modified = int(binary.BigEndian.Uint32(v[6])), decodeTime(v[7]), decodeTime(v[8])
	// One string for all texts: they live and die together.
	text := string(v[4]) + string(v[5]) + string(v[9]) + string(v[11])
	cut := func(n int) (s string) {
		s, text = text[:n], text[n:]
		return s
	}
	o.Name, o.ETag, o.UID, o.ScheduleTag = cut(len(v[4])), cut(len(v[5])), cut(len(v[9])), cut(len(v[11]))
	o.Component = component(v[10])
	if v[12] != nil {
		if err := json.Unmarshal(v[12], &o.Props); err != nil {
			return err
		}
	}
	if len(v) > Listing.count() && v[13] != nil {
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
