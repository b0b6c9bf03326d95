package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

// vtimezone is an iCalendar object with the VTIMEZONE of an IANA zone, as clients send it.
func vtimezone(tzid string) string {
	b, err := ical.AppendVTimezone(nil, tzid, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\n" + string(b) + "END:VCALENDAR\r\n"
}

// ownZone is a VTIMEZONE that only its own rules explain: 5:30 east in winter, 6:30 from June to September.
const ownZone = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Our Island\r\n" +
	"BEGIN:STANDARD\r\nDTSTART:19701001T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1\r\nTZOFFSETFROM:+0630\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\n" +
	"BEGIN:DAYLIGHT\r\nDTSTART:19700601T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0630\r\nEND:DAYLIGHT\r\n" +
	"END:VTIMEZONE\r\nEND:VCALENDAR\r\n"

func timezoneProp(tzid string) string {
	return "<C:calendar-timezone>" + vtimezone(tzid) + "</C:calendar-timezone>"
}

func (s *server) setTimezone(url, tzid string) {
	s.t.Helper()
	a := s.do("ann", "PROPPATCH", url, wrap("D:propertyupdate", "<D:set><D:prop>"+timezoneProp(tzid)+"</D:prop></D:set>"))
	if st := a.multistatus().Responses[0].status("calendar-timezone"); !strings.Contains(st, " 200 ") {
		s.t.Fatalf("calendar-timezone: %s\n%s", st, a.body)
	}
}

// inZone adds a CALDAV:timezone to a query.
func inZone(query, zone string) string {
	return strings.Replace(query, "</C:filter>", "</C:filter><C:timezone>"+strings.ReplaceAll(zone, "\r\n", "&#13;\n")+"</C:timezone>", 1)
}

// Floating times and dates are taken in the zone of the query, else in that of the calendar, else UTC (RFC 4791 sections 7.3 and
// 9.8), whether the database knows the instances or not.
func TestQueryZone(t *testing.T) {
	s := newServer(t)
	for _, year := range years {
		t.Run(year, func(t *testing.T) {
			s := s.in(t)
			url := s.makeCalendar("zone" + year)
			s.fill(url, map[string]string{
				"day.ics":    component("VEVENT", "day", "DTSTART;VALUE=DATE:"+year+"0715"),
				"days.ics":   component("VEVENT", "days", "DTSTART;VALUE=DATE:"+year+"0701", "RRULE:FREQ=WEEKLY;INTERVAL=2"),
				"float.ics":  component("VEVENT", "float", "DTSTART:"+year+"0715T100000", "DURATION:PT1H"),
				"floats.ics": component("VEVENT", "floats", "DTSTART:"+year+"0701T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=2"),
				"due.ics":    component("VTODO", "due", "DUE:"+year+"0715T100000"),
				"fixed.ics":  component("VEVENT", "fixed", "DTSTART:"+year+"0715T100000Z", "DURATION:PT1H"),
			})
			at := func(day, clock string) string { // a second
				return fmt.Sprintf("%s%sT%sZ/%s%sT%s1Z", year, day, clock, year, day, clock[:5])
			}
			for _, test := range []struct {
				zone, day, clock string
				want             []string
			}{
				{"", "0715", "000000", []string{"day.ics", "days.ics"}},
				{"", "0714", "235950", nil},
				{"", "0715", "235950", []string{"day.ics", "days.ics"}},
				{"", "0716", "000000", nil},
				{"", "0715", "100000", []string{"day.ics", "days.ics", "float.ics", "floats.ics", "fixed.ics"}},
				{"Asia/Tokyo", "0714", "150000", []string{"day.ics", "days.ics"}},
				{"Asia/Tokyo", "0714", "145950", nil},
				{"Asia/Tokyo", "0715", "145950", []string{"day.ics", "days.ics"}},
				{"Asia/Tokyo", "0715", "150000", nil},
				{"Asia/Tokyo", "0715", "010000", []string{"day.ics", "days.ics", "float.ics", "floats.ics"}},
				{"Asia/Tokyo", "0715", "100000", []string{"day.ics", "days.ics", "fixed.ics"}},
				{"America/New_York", "0715", "040000", []string{"day.ics", "days.ics"}},
				{"America/New_York", "0715", "035950", nil},
				{"America/New_York", "0716", "035950", []string{"day.ics", "days.ics"}},
				{"America/New_York", "0715", "143000", []string{"day.ics", "days.ics", "float.ics", "floats.ics"}},
				{"Pacific/Kiritimati", "0714", "200000", []string{"day.ics", "days.ics", "float.ics", "floats.ics"}},
				{"Pacific/Pago_Pago", "0715", "210000", []string{"day.ics", "days.ics", "float.ics", "floats.ics"}},
				{"own", "0714", "173000", []string{"day.ics", "days.ics"}},
				{"own", "0714", "172950", nil},
				{"own", "0715", "033000", []string{"day.ics", "days.ics", "float.ics", "floats.ics"}},
			} {
				query := filterFor(inWindow("VEVENT", at(test.day, test.clock)))
				switch test.zone {
				case "":
				case "own":
					query = inZone(query, ownZone)
				default:
					query = inZone(query, vtimezone(test.zone))
				}
				t.Run(test.zone+" "+test.clock, func(t *testing.T) {
					s := s.in(t)
					s.report(url, query).wantFound(test.want...)
				})
				if test.zone == "" || test.zone == "own" {
					continue
				}
				// The same without a zone in the query once the calendar has it: what is stored is placed anew.
				t.Run(test.zone+" of the calendar "+test.clock, func(t *testing.T) {
					s := s.in(t)
					s.setTimezone(url, test.zone)
					defer s.setTimezone(url, "Etc/UTC")
					s.report(url, filterFor(inWindow("VEVENT", at(test.day, test.clock)))).wantFound(test.want...)
					s.report(url, inZone(filterFor(inWindow("VEVENT", year+"0715T100000Z/"+year+"0715T100001Z")), vtimezone("Etc/UTC"))).
						wantFound("day.ics", "days.ics", "float.ics", "floats.ics", "fixed.ics")
				})
			}
		})
	}
}

// Removing the zone of a calendar puts floating times back to where they were.
func TestZoneRemoved(t *testing.T) {
	s := newServer(t)
	url := s.makeCalendar("z", timezoneProp("Asia/Tokyo"))
	s.fill(url, map[string]string{"float.ics": component("VEVENT", "float", "DTSTART:20261215T100000", "DURATION:PT1H")})
	tokyo, utc := filterFor(inWindow("VEVENT", "20261215T010000Z/20261215T020000Z")), filterFor(inWindow("VEVENT", "20261215T100000Z/20261215T110000Z"))
	s.report(url, tokyo).wantFound("float.ics")
	s.report(url, utc).wantFound()
	s.do("ann", "PROPPATCH", url, wrap("D:propertyupdate", "<D:remove><D:prop><C:calendar-timezone/></D:prop></D:remove>")).multistatus()
	s.report(url, tokyo).wantFound()
	s.report(url, utc).wantFound("float.ics")
}

// The zone of a calendar is in force for what is moved or copied into it.
func TestZoneOfDestination(t *testing.T) {
	s := newServer(t)
	tokyo, york := s.makeCalendar("tokyo", timezoneProp("Asia/Tokyo")), s.makeCalendar("york", timezoneProp("America/New_York"))
	s.fill(tokyo, map[string]string{"a.ics": component("VEVENT", "float", "DTSTART:20261215T100000", "DURATION:PT1H")})
	s.do("ann", "COPY", tokyo+"a.ics", "", "Destination: "+york+"a.ics").want(http.StatusCreated)
	s.report(tokyo, filterFor(inWindow("VEVENT", "20261215T010000Z/20261215T020000Z"))).wantFound("a.ics")
	s.report(york, filterFor(inWindow("VEVENT", "20261215T010000Z/20261215T020000Z"))).wantFound()
	s.report(york, filterFor(inWindow("VEVENT", "20261215T150000Z/20261215T160000Z"))).wantFound("a.ics")
	s.do("ann", "MOVE", tokyo+"a.ics", "", "Destination: "+annDefault+"a.ics").want(http.StatusCreated)
	s.report(annDefault, filterFor(inWindow("VEVENT", "20261215T100000Z/20261215T110000Z"))).wantFound("a.ics")
}

func TestQueryZoneRefuses(t *testing.T) {
	s := newServer(t)
	for name, zone := range map[string]string{
		"empty":       "",
		"no calendar": "Europe/Berlin",
		"no zone":     "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n",
		"an event":    event("a", "20261201T100000Z"),
		"two zones":   strings.Replace(ownZone, "END:VCALENDAR\r\n", strings.TrimPrefix(vtimezone("Asia/Tokyo"), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\n"), 1),
		"cut short":   ownZone[:200],
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.report(annDefault, inZone(filterFor(`<C:comp-filter name="VEVENT"/>`), zone)).refused(http.StatusForbidden, "valid-calendar-data")
		})
	}
}
