package caldav

import (
	"encoding/json"
	"errors"
	"testing"

	"convene/caldav/dav"
)

func TestParseDataRequest(t *testing.T) {
	for _, test := range []struct{ name, xml, want string }{
		{"everything", `<C:calendar-data/>`, `{}`},
		{"everything by type", `<C:calendar-data content-type="Text/Calendar; charset=utf-8" version="2.0"/>`, `{}`},
		{"everything by name", `<C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:allcomp/></C:comp></C:calendar-data>`, `{}`},
		{"everything by saying nothing", `<C:calendar-data><C:comp name="VCALENDAR"/></C:calendar-data>`, `{}`},
		{"elements of others", `<C:calendar-data><D:expand/><D:comp/></C:calendar-data>`, `{}`},
		{"as in RFC 4791 section 7.8.1", `<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="version"/><C:comp name="VEVENT">` +
			`<C:prop name="SUMMARY"/><C:prop name="UID" novalue="yes"/></C:comp><C:comp name="VTIMEZONE"/></C:comp></C:calendar-data>`,
			`{"Selection":{"Name":"VCALENDAR","Props":[{"Name":"VERSION"}],"Comps":[` +
				`{"Name":"VEVENT","Props":[{"Name":"SUMMARY"},{"Name":"UID","NoValue":true}]},` +
				`{"Name":"VTIMEZONE","AllProps":true,"AllComps":true}]}}`},
		{"only components", `<C:calendar-data><C:comp name="vcalendar"><C:comp name="VEVENT"><C:allprop/></C:comp></C:comp></C:calendar-data>`,
			`{"Selection":{"Name":"VCALENDAR","AllProps":true,"Comps":[{"Name":"VEVENT","AllProps":true}]}}`},
		{"expand", `<C:calendar-data><C:expand start="20260301T000000Z" end="20260302T000000Z"/></C:calendar-data>`,
			`{"Expand":{"Start":"2026-03-01T00:00:00Z","End":"2026-03-02T00:00:00Z"}}`},
		{"limits", `<C:calendar-data><C:limit-recurrence-set start="20260301T000000Z" end="20260302T000000Z"/>` +
			`<C:limit-freebusy-set start="20260301T000000Z" end="20260302T000000Z"/></C:calendar-data>`,
			`{"LimitRecurrence":{"Start":"2026-03-01T00:00:00Z","End":"2026-03-02T00:00:00Z"},` +
				`"LimitFreeBusy":{"Start":"2026-03-01T00:00:00Z","End":"2026-03-02T00:00:00Z"}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := parseDataRequest(element(t, test.xml))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if got := dropZero(t, got); got != dropZero(t, []byte(test.want)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if d.whole() != (test.want == "{}") {
				t.Errorf("whole is %v", d.whole())
			}
		})
	}
}

// dropZero leaves out what is null, false or empty.
func dropZero(t *testing.T, data []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var drop func(any) any
	drop = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if value = drop(value); value == nil || value == false || value == "" {
					delete(v, key)
				} else {
					v[key] = value
				}
			}
		case []any:
			for i := range v {
				v[i] = drop(v[i])
			}
		}
		return v
	}
	out, err := json.Marshal(drop(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestParseDataRequestRefuses(t *testing.T) {
	const times = ` start="20260301T000000Z" end="20260302T000000Z"/>`
	for _, test := range []struct {
		name, xml string
		status    int
		condition dav.Name
	}{
		{"another type", `<C:calendar-data content-type="application/calendar+json"/>`, 403, dav.CalDAV("supported-calendar-data")},
		{"another version", `<C:calendar-data version="1.0"/>`, 403, dav.CalDAV("supported-calendar-data")},
		{"component without name", `<C:calendar-data><C:comp/></C:calendar-data>`, 400, dav.Name{}},
		{"property without name", `<C:calendar-data><C:comp name="VCALENDAR"><C:prop/></C:comp></C:calendar-data>`, 400, dav.Name{}},
		{"component inside without name", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp/></C:comp></C:calendar-data>`, 400, dav.Name{}},
		{"event outermost", `<C:calendar-data><C:comp name="VEVENT"/></C:calendar-data>`, 400, dav.Name{}},
		{"two components", `<C:calendar-data><C:comp name="VCALENDAR"/><C:comp name="VCALENDAR"/></C:calendar-data>`, 400, dav.Name{}},
		{"expand without end", `<C:calendar-data><C:expand start="20260301T000000Z"/></C:calendar-data>`, 400, dav.Name{}},
		{"expand without times", `<C:calendar-data><C:expand/></C:calendar-data>`, 400, dav.Name{}},
		{"expand backwards", `<C:calendar-data><C:expand start="20260302T000000Z" end="20260301T000000Z"/></C:calendar-data>`, 400, dav.Name{}},
		{"expand of old", `<C:calendar-data><C:expand start="00010101T000000Z" end="20260301T000000Z"/></C:calendar-data>`, 403, dav.CalDAV("min-date-time")},
		{"broken limit", `<C:calendar-data><C:limit-recurrence-set start="x" end="y"/></C:calendar-data>`, 400, dav.Name{}},
		{"expand and limit", `<C:calendar-data><C:expand` + times + `<C:limit-recurrence-set` + times + `</C:calendar-data>`, 400, dav.Name{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseDataRequest(element(t, test.xml))
			var e *dav.Error
			if !errors.As(err, &e) || e.Status != test.status || e.Condition != test.condition || e.Detail == "" {
				t.Errorf("got %v, want %d %v", err, test.status, test.condition)
			}
		})
	}
	if _, err := parseTimeRange(nil); toDAV(err).Status != 400 {
		t.Errorf("no time range: %v", err)
	}
}
