package store

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5/pgtype"
)

// spans is how ranges of time go to and from PostgreSQL: tstzmultirange. Each is [Start, End); a zero Start or End is
// no bound.
type spans []ical.Range

// span is a tstzrange. The zero span is NULL.
type span ical.Range

// registerSpans teaches m both types. (What pgtype has for them is generic, and would cost a write of a recurring
// event more than all the rest.)
func registerSpans(m *pgtype.Map) {
	m.RegisterType(&pgtype.Type{Name: "tstzmultirange", OID: pgtype.TstzmultirangeOID, Codec: spanCodec{}})
	m.RegisterType(&pgtype.Type{Name: "tstzrange", OID: pgtype.TstzrangeOID, Codec: spanCodec{}})
}

// The flags of a range in PostgreSQL's binary form (rangetypes.h).
const (
	rangeEmpty = 0x01
	rangeLBInc = 0x02
	rangeLBInf = 0x08
	rangeUBInf = 0x10
)

func appendSpan(b []byte, r ical.Range) []byte {
	flags := byte(rangeLBInc)
	if r.Start.IsZero() {
		flags = rangeLBInf
	}
	if r.End.IsZero() {
		flags |= rangeUBInf
	}
	b = append(b, flags)
	for _, t := range [2]time.Time{r.Start, r.End} {
		if !t.IsZero() {
			b = binary.BigEndian.AppendUint32(b, 8)
			b = binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()-pgEpoch))
		}
	}
	return b
}

var errSpan = errors.New("malformed range from the database")

func parseSpan(b []byte) (r ical.Range, empty bool, err error) {
	if len(b) == 0 {
		return r, false, errSpan
	}
	flags := b[0]
	b = b[1:]
	if flags&rangeEmpty != 0 {
		return r, true, nil
	}
	bound := func(infinite byte) (time.Time, error) {
		if flags&infinite != 0 {
			return time.Time{}, nil
		}
		if len(b) < 12 {
			return time.Time{}, errSpan
		}
		t := decodeTime(b[4:])
		b = b[12:]
		return t, nil
	}
	if r.Start, err = bound(rangeLBInf); err != nil {
		return r, false, err
	}
	r.End, err = bound(rangeUBInf)
	return r, false, err
}

// spanCodec carries span and spans, in binary form only.
type spanCodec struct{}

func (spanCodec) FormatSupported(f int16) bool { return f == pgtype.BinaryFormatCode }
func (spanCodec) PreferredFormat() int16       { return pgtype.BinaryFormatCode }

func (spanCodec) PlanEncode(_ *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	switch value.(type) {
	case span, spans:
		if format == pgtype.BinaryFormatCode {
			return encodeSpans{}
		}
	}
	return nil
}

func (spanCodec) PlanScan(_ *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	switch target.(type) {
	case *span, *spans:
		if format == pgtype.BinaryFormatCode {
			return scanSpans{}
		}
	}
	return nil
}

func (spanCodec) DecodeDatabaseSQLValue(*pgtype.Map, uint32, int16, []byte) (driver.Value, error) {
	return nil, errors.ErrUnsupported
}

func (spanCodec) DecodeValue(_ *pgtype.Map, _ uint32, _ int16, src []byte) (any, error) {
	var s spans
	return s, scanSpans{}.Scan(src, &s)
}

type encodeSpans struct{}

func (encodeSpans) Encode(value any, buf []byte) ([]byte, error) {
	switch v := value.(type) {
	case span:
		if v.Start.IsZero() && v.End.IsZero() {
			return nil, nil
		}
		return appendSpan(buf, ical.Range(v)), nil
	case spans:
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(v)))
		for _, r := range v {
			at := len(buf)
			buf = appendSpan(append(buf, 0, 0, 0, 0), r)
			binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
		}
		return buf, nil
	}
	return nil, fmt.Errorf("cannot encode %T as a range", value)
}

type scanSpans struct{}

func (scanSpans) Scan(src []byte, target any) error {
	switch t := target.(type) {
	case *span:
		*t = span{}
		if src == nil {
			return nil
		}
		r, _, err := parseSpan(src)
		*t = span(r)
		return err
	case *spans:
		*t = nil
		if src == nil {
			return nil
		}
		return t.parse(src)
	}
	return fmt.Errorf("cannot scan a range into %T", target)
}

func (s *spans) parse(b []byte) error {
	if len(b) < 4 {
		return errSpan
	}
	n := binary.BigEndian.Uint32(b)
	b = b[4:]
	for range n {
		if len(b) < 4 {
			return errSpan
		}
		size := int(binary.BigEndian.Uint32(b))
		if b = b[4:]; len(b) < size {
			return errSpan
		}
		r, empty, err := parseSpan(b[:size])
		if err != nil {
			return err
		}
		if !empty {
			*s = append(*s, r)
		}
		b = b[size:]
	}
	return nil
}
