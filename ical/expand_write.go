package ical

// append writes one instance.
func (t *template) append(dst []byte, occ *occurrence) []byte {
	from := 0
	for _, p := range t.pieces {
		dst = append(dst, t.text[from:p.upTo]...)
		from = p.upTo
		switch p.hole {
		case startHole:
			dst = appendTime(dst, clockOr(occ.wall, occ.start, p.form), p.form)
			if occ.period && !t.ends {
				dst = append(dst, "\r\nDTEND:"...)
				dst = appendTime(dst, clockOr(occ.endWall(), occ.end, p.form), p.form)
			}
		case endHole:
			dst = appendTime(dst, clockOr(occ.endWall(), occ.end, p.form), p.form)
		case recurrenceHole:
			dst = appendTime(dst, clockOr(occ.original.wall, occ.original.unix, p.form), p.form)
		case durationHole:
			dst = occ.appendDuration(dst)
		}
	}
	return dst
}

// clockOr returns the time to write: the clock, or for UTC the instant.
func clockOr(wall, unix int64, f form) int64 {
	if f == utcForm {
		return unix
	}
	return wall
}

// endWall returns the end on the clock of the component.
func (occ *occurrence) endWall() int64 {
	if occ.period || occ.exact != 0 {
		return occ.clock.wall(occ.end)
	}
	return occ.wall + occ.nominal
}

// appendDuration writes the time from start to end: in UTC a nominal day is 24 hours.
func (occ *occurrence) appendDuration(dst []byte) []byte {
	length := occ.end - occ.start
	if !occ.period {
		if occ.shape.start.Zone == nil || length == occ.nominal+occ.exact {
			return append(dst, occ.duration.Value...)
		}
	}
	return appendSeconds(dst, length)
}

// appendSeconds writes a DURATION of exact time.
func appendSeconds(dst []byte, seconds int64) []byte {
	if seconds < 0 {
		dst, seconds = append(dst, '-'), -seconds
	}
	dst = append(dst, "PT"...)
	for _, unit := range [...]struct {
		length int64
		letter byte
	}{{3600, 'H'}, {60, 'M'}, {1, 'S'}} {
		if n := seconds / unit.length; n > 0 || unit.length == 1 && dst[len(dst)-1] == 'T' {
			dst = appendInt(dst, n, 1)
			dst = append(dst, unit.letter)
			seconds -= n * unit.length
		}
	}
	return dst
}

// appendTime writes a time in seconds since 1970 by the clock that it is to show.
func appendTime(dst []byte, at int64, f form) []byte {
	day := floorDiv(at, daySeconds)
	year, month, dayOfMonth := civil(day)
	dst = appendInt(dst, max(0, min(year, 9999)), 4)
	dst = appendInt(dst, int64(month)+1, 2)
	dst = appendInt(dst, dayOfMonth+1, 2)
	if f == dateForm {
		return dst
	}
	clock := at - day*daySeconds
	dst = append(dst, 'T')
	dst = appendInt(dst, clock/3600, 2)
	dst = appendInt(dst, clock/60%60, 2)
	dst = appendInt(dst, clock%60, 2)
	if f == utcForm {
		dst = append(dst, 'Z')
	}
	return dst
}

// appendInt appends n, not negative, with digits digits at least.
func appendInt(dst []byte, n int64, digits int) []byte {
	var buf [20]byte
	at := len(buf)
	for ; n > 0 || len(buf)-at < digits; n /= 10 {
		at--
		buf[at] = byte('0' + n%10)
	}
	return append(dst, buf[at:]...)
}
