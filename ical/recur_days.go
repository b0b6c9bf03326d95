package ical

import "time"

// The engine counts on a wall clock: seconds, days, months since 1970 in the proleptic Gregorian calendar, whatever the
// zone. Day 0 is Thursday, 1 January 1970.

const (
	daySeconds = 86400
	// maxWall is the wall clock after which nothing happens: the start of the year 10000.
	maxWall = 253402300800
)

// floorDiv divides rounding down; b is positive.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ceilDiv divides rounding up; b is positive.
func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }

// weekdayOf returns the day of the week of a day number.
func weekdayOf(day int64) time.Weekday {
	return time.Weekday(((day+4)%7 + 7) % 7)
}

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// leapIndex is 1 for a leap year, else 0.
func leapIndex(year int64) int {
	if isLeap(year) {
		return 1
	}
	return 0
}

// monthStarts says, for common and leap years, how many days of the year are before each month (0 is January), and in
// the end how many there are.
var monthStarts = [2][13]int64{
	{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
	{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
}

// yearStart returns the day number of 1 January.
func yearStart(year int64) int64 {
	y := year - 1
	return y*365 + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) - 719162
}

// civil returns the year, the month (0 is January) and the day of the month (0 is the first) of a day number.
func civil(day int64) (year int64, month int, dayOfMonth int64) {
	// In years that start on 1 March, in eras of 400 of them, the leap day is the last day of a year.
	day += 719468 // since 1 March 0
	era := floorDiv(day, 146097)
	inEra := uint64(day - era*146097)
	yearOfEra := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	inYear := inEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*inYear + 2) / 153
	dayOfMonth = int64(inYear - (153*fromMarch+2)/5)
	year, month = era*400+int64(yearOfEra), int(fromMarch)+2
	if month > 11 {
		year, month = year+1, month-12
	}
	return year, month, dayOfMonth
}

// weekOne returns the day number on which week 1 of year starts, the first with four days or more in that year, where
// weeks start on weekStart (BYWEEKNO in RFC 5545 section 3.3.10).
func weekOne(year int64, weekStart time.Weekday) int64 {
	fourth := yearStart(year) + 3
	return fourth - int64((weekdayOf(fourth)-weekStart+7)%7)
}
