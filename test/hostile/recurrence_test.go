package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// TestDenseRules: a rule that fires every second for centuries generates more instances than the calendar's max-instances allows
// (RFC 4791 section 5.2.8).
func TestDenseRules(t *testing.T) {
	c := srv.NewUser(t)
	var all []attack
	for _, rule := range []string{
		"FREQ=SECONDLY", "FREQ=SECONDLY;UNTIL=29991231T000000Z", "FREQ=SECONDLY;COUNT=999999999", "FREQ=MINUTELY;BYSECOND=0,10,20,30,40,50",
		"FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=" + numbers(60) + ";BYSECOND=" + numbers(60),
	} {
		all = append(all, attack{name: fmt.Sprintf("%.50s", rule), method: "PUT", path: c.Default() + "bomb.ics", body: with("RRULE:" + rule),
			conditions: one(maxInstance)})
	}
	run(t, c, all)
}

func numbers(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(i)
	}
	return strings.Join(all, ",")
}

// TestDearRules: rules that are legal and cost a naive server dearly. They may be stored or refused, but each PUT, and every
// question about the calendar that then holds them, costs little.
func TestDearRules(t *testing.T) {
	c := srv.NewUser(t)
	calendar := c.Home() + "dear/"
	c.Want(t, http.StatusCreated, "MKCALENDAR", calendar, "")
	g := watch(t, c)
	rules := []string{
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", // never
		"FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=3;BYMINUTE=3;BYSECOND=3",
		"FREQ=SECONDLY;COUNT=5",
		"FREQ=SECONDLY;INTERVAL=2147483647",
		"FREQ=DAILY;COUNT=2147483647",
		"FREQ=DAILY;COUNT=99999999999999999999999999",
		"FREQ=YEARLY;INTERVAL=9999",
		"FREQ=HOURLY",
		"FREQ=YEARLY;BYWEEKNO=" + strings.TrimPrefix(numbers(54), "0,") + ";BYDAY=MO,TU,WE,TH,FR,SA,SU",
		"FREQ=YEARLY;BYYEARDAY=" + strings.TrimPrefix(numbers(367), "0,") + ";BYSETPOS=-1",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-366",
		"FREQ=YEARLY;UNTIL=99991231T235959Z",
	}
	for i, rule := range rules {
		t.Run(fmt.Sprintf("PUT %.60s", rule), func(t *testing.T) {
			g.costs(t, func() {
				body := event("UID:dear"+fmt.Sprint(i), "DTSTAMP:20270101T000000Z", "DTSTART:19700301T030303Z", "DURATION:PT1S", "RRULE:"+rule)
				resp := c.Request(t, "PUT", fmt.Sprintf("%s%d.ics", calendar, i), body)
				if resp.Status != http.StatusCreated {
					(&attack{method: "PUT", conditions: one(maxInstance, validData)}).judge(t, resp)
				}
			})
		})
	}
	for name, body := range questions() {
		t.Run(name, func(t *testing.T) {
			g.costs(t, func() {
				resp := c.Request(t, "REPORT", calendar, body, "Depth", "1")
				if resp.Status/100 == 5 {
					t.Errorf("got %v", resp)
				}
				if len(resp.Body) > 32<<20 {
					t.Errorf("the answer has %d bytes", len(resp.Body))
				}
			})
		})
	}
	t.Run("export", func(t *testing.T) {
		g.costs(t, func() { c.Want(t, http.StatusOK, "GET", calendar, "", "Accept", "text/calendar") })
	})
	c.Want(t, http.StatusNoContent, "DELETE", calendar, "")
}

// questions are reports that make a server work out instances, now and far away.
func questions() map[string]string {
	all := map[string]string{}
	for name, span := range map[string][2]string{
		"a day":               {"20270301T000000Z", "20270302T000000Z"},
		"a second":            {"20270301T030303Z", "20270301T030304Z"},
		"a day in 8 millenia": {"99980301T000000Z", "99980302T000000Z"},
		"all time":            {"19000101T000000Z", "99991231T000000Z"},
	} {
		filter := `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="` + span[0] + `" end="` + span[1] +
			`"/></C:comp-filter></C:comp-filter></C:filter>`
		query := `<C:calendar-query ` + harness.XMLNS + `><D:prop>%s</D:prop>` + filter + `</C:calendar-query>`
		all["query of "+name] = fmt.Sprintf(query, "<D:getetag/>")
		all["expand of "+name] = fmt.Sprintf(query, `<C:calendar-data><C:expand start="`+span[0]+`" end="`+span[1]+`"/></C:calendar-data>`)
		all["limit-recurrence-set of "+name] = fmt.Sprintf(query, `<C:calendar-data><C:limit-recurrence-set start="`+span[0]+`" end="`+span[1]+`"/></C:calendar-data>`)
		all["free-busy of "+name] = `<C:free-busy-query ` + harness.XMLNS + `><C:time-range start="` + span[0] + `" end="` + span[1] + `"/></C:free-busy-query>`
	}
	return all
}
