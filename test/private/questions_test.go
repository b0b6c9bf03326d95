package private

// question is one request below a calendar.
type question struct {
	method, path, body string
	headers            []string
}

var files = []string{"public.ics", "private.ics", "confidential.ics", "unknown.ics", "override.ics", "task.ics", "journal.ics"}

var (
	dataForms = []string{
		`<C:calendar-data/>`,
		`<C:calendar-data><C:expand start="20261201T000000Z" end="20261206T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:limit-recurrence-set start="20261202T000000Z" end="20261203T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VTIMEZONE"><C:allprop/><C:allcomp/></C:comp>` +
			`<C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="UID"/><C:prop name="LOCATION"/><C:prop name="DESCRIPTION"/><C:allcomp/></C:comp></C:comp></C:calendar-data>`,
		`<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/><C:prop name="CATEGORIES" novalue="yes"/></C:comp></C:comp></C:calendar-data>`,
	}
	named = `<D:prop><D:getetag/><D:getcontentlength/><D:getcontenttype/><D:getlastmodified/><D:creationdate/><D:displayname/><D:resourcetype/><D:owner/>` +
		`<C:calendar-data/><C:schedule-tag/><D:lockdiscovery/><X:xyzzyname xmlns:X="urn:xyzzy"/><X:plughname xmlns:X="urn:plugh"/></D:prop>`
	hiddenProps = []string{"SUMMARY", "LOCATION", "DESCRIPTION", "ORGANIZER", "ATTENDEE", "COMMENT", "CATEGORIES", "RESOURCES", "CONTACT", "ATTACH", "URL", "RELATED-TO", "GEO",
		"PRIORITY", "SEQUENCE", "CREATED", "LAST-MODIFIED", "X-XYZZYPROP", "X-PLUGHPROP", "REQUEST-STATUS", "CONFERENCE", "COLOR", "CLASS", "STATUS", "TRANSP", "UID", "DTSTAMP"}
	words = []string{"xyzzy", "plugh", "Busy", "example.com", "1", "48.1", "2025"}
)

// questions are all that can be asked of the objects in a calendar at base.
func questions(base string) (all []question) {
	ask := func(method, path, body string, headers ...string) {
		all = append(all, question{method, path, body, headers})
	}
	query := func(component, filter string) {
		ask("REPORT", "", document("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">`+
			`<C:comp-filter name="`+component+`">`+filter+`</C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
	}
	hrefs := ""
	for _, f := range files {
		hrefs += "<D:href>" + base + f + "</D:href>"
		ask("GET", f, "")
		ask("HEAD", f, "")
		for _, what := range []string{"<D:allprop/>", "<D:propname/>", named, "<D:allprop/><D:include><C:calendar-data/></D:include>"} {
			ask("PROPFIND", f, document("D:propfind", what), "Depth", "0")
		}
		for _, when := range []string{"Tue, 01 Jan 1980 00:00:00 GMT", "Tue, 01 Jan 2030 00:00:00 GMT"} {
			if f != "public.ics" {
				ask("GET", f, "", "If-Modified-Since", when)
				ask("GET", f, "", "If-Unmodified-Since", when)
			}
		}
		ask("REPORT", f, document("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property><D:property name="getcontentlength"/>`+
			`<D:property name="xyzzyname" namespace="urn:xyzzy"/>`), "Depth", "0")
	}
	ask("GET", "?export", "")
	ask("HEAD", "?export", "")
	ask("GET", "", "", "Accept", "text/calendar")
	for _, what := range []string{"<D:allprop/>", "<D:propname/>", named, "<D:allprop/><D:include><C:calendar-data/></D:include>"} {
		ask("PROPFIND", "", document("D:propfind", what), "Depth", "1")
	}
	for _, form := range dataForms {
		prop := "<D:prop><D:getetag/><D:getcontentlength/>" + form + "</D:prop>"
		ask("REPORT", "", document("C:calendar-multiget", prop+hrefs))
		ask("REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`), "Depth", "1")
		ask("REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">`+
			`<C:time-range start="20261202T000000Z" end="20261203T000000Z"/></C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
		ask("REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+prop))
	}
	ask("REPORT", "", document("C:calendar-multiget", "<D:allprop/>"+hrefs))
	ask("REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+named))
	ask("REPORT", "", document("C:free-busy-query", `<C:time-range start="20261201T000000Z" end="20261210T000000Z"/>`), "Depth", "1")
	for _, comp := range []string{"VEVENT", "VTODO", "VJOURNAL"} {
		query(comp, "")
		for _, name := range hiddenProps {
			query(comp, `<C:prop-filter name="`+name+`"/>`)
			query(comp, `<C:prop-filter name="`+name+`"><C:is-not-defined/></C:prop-filter>`)
			for _, word := range words {
				for _, negate := range []string{"no", "yes"} {
					if comp == "VEVENT" || word == "xyzzy" {
						query(comp, `<C:prop-filter name="`+name+`"><C:text-match negate-condition="`+negate+`">`+word+`</C:text-match></C:prop-filter>`)
					}
				}
			}
		}
	}
	for _, param := range []string{"CN", "PARTSTAT", "X-P", "X-FILENAME", "TZID", "X-XYZZYPARAM"} {
		for _, name := range []string{"SUMMARY", "ATTENDEE", "ORGANIZER", "ATTACH", "DTSTART", "X-XYZZYPROP"} {
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"/></C:prop-filter>`)
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"><C:is-not-defined/></C:param-filter></C:prop-filter>`)
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"><C:text-match>xyzzy</C:text-match></C:param-filter></C:prop-filter>`)
		}
	}
	for _, alarm := range []string{"", "<C:is-not-defined/>", `<C:time-range start="20261201T000000Z" end="20261206T000000Z"/>`, `<C:prop-filter name="SUMMARY"><C:text-match>xyzzy</C:text-match></C:prop-filter>`} {
		query("VEVENT", `<C:comp-filter name="VALARM">`+alarm+`</C:comp-filter>`)
	}
	for _, zone := range []string{"", "<C:is-not-defined/>", `<C:prop-filter name="TZID"><C:text-match>xyzzy</C:text-match></C:prop-filter>`, `<C:prop-filter name="COMMENT"/>`} {
		ask("REPORT", "", document("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">`+
			`<C:comp-filter name="VTIMEZONE">`+zone+`</C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
	}
	for _, name := range []string{"LAST-MODIFIED", "CREATED", "DTSTAMP", "COMPLETED"} {
		query("VEVENT", `<C:prop-filter name="`+name+`"><C:time-range start="20250101T000000Z" end="20250201T000000Z"/></C:prop-filter>`)
	}
	return all
}

// ofHome are questions about the home that the calendars are in.
func ofHome() (all []question) {
	for _, form := range dataForms {
		prop := "<D:prop><D:getetag/><D:getcontentlength/>" + form + "</D:prop>"
		all = append(all, question{"REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`), []string{"Depth", "1"}})
		for _, level := range []string{"1", "infinite"} {
			all = append(all, question{"REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>"+level+"</D:sync-level>"+prop), nil})
		}
	}
	for _, depth := range []string{"0", "1"} {
		for _, what := range []string{"<D:allprop/>", "<D:propname/>", named} {
			all = append(all, question{"PROPFIND", "", document("D:propfind", what), []string{"Depth", depth}})
		}
	}
	return append(all,
		question{"REPORT", "", document("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property>`), []string{"Depth", "1"}},
		question{"REPORT", "", document("C:free-busy-query", `<C:time-range start="20261201T000000Z" end="20261210T000000Z"/>`), []string{"Depth", "1"}})
}
