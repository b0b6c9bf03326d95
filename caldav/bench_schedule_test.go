package caldav

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// benchPeople is a Handler with n users, u0 first, who invite each other.
func benchPeople(b *testing.B, n int) (*Handler, []*store.Principal) {
	b.Helper()
	db := storetest.New(b)
	var list []*store.Principal
	for i := range n {
		name := fmt.Sprintf("u%d", i)
		p, err := db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: name, Addresses: []string{"mailto:" + name + "@example.com"}})
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, p)
	}
	return New(Options{DB: db}), list
}

// benchInvitation is an event to which the people u1 to un are invited by u0.
func benchInvitation(uid string, n int) string {
	lines := []string{"BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20261101T000000Z", "DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", "SUMMARY:Plans",
		"LOCATION:Room 4", "ORGANIZER;CN=U 0:mailto:u0@example.com", "ATTENDEE;CN=U 0;PARTSTAT=ACCEPTED:mailto:u0@example.com"}
	for i := range n {
		lines = append(lines, fmt.Sprintf("ATTENDEE;CN=U %d;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:u%d@example.com", i+1, i+1))
	}
	return calendar(append(lines, "END:VEVENT")...)
}

// send makes a request without network and authentication.
func send(b *testing.B, h *Handler, who *store.Principal, method, path, body, header, value string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "text/calendar")
	}
	if header != "" {
		r.Header.Set(header, value)
	}
	w := httptest.NewRecorder()
	h.ServeDAV(w, r, who)
	if w.Code >= 300 {
		b.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w
}

// BenchmarkInvite is a PUT of an event with 1, 10 and 100 attendees here.
func BenchmarkInvite(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h, people := benchPeople(b, n+1)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				uid := fmt.Sprintf("invite-%d", i)
				send(b, h, people[0], http.MethodPut, "/dav/calendars/user/u0/Default/"+uid+".ics", benchInvitation(uid, n), "If-None-Match", "*")
			}
		})
	}
}

// BenchmarkInviteThousand is a PUT of an event with 1,000 attendees here; "delivered-ms" is until the last of them has it.
func BenchmarkInviteThousand(b *testing.B) {
	h, people := benchPeople(b, 1001)
	for _, p := range people {
		if _, err := h.db.Home(b.Context(), p.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var jobs time.Duration
	for i := range b.N {
		uid := fmt.Sprintf("thousand-%d", i)
		send(b, h, people[0], http.MethodPut, "/dav/calendars/user/u0/Default/"+uid+".ics", benchInvitation(uid, 1000), "If-None-Match", "*")
		b.StopTimer()
		start := time.Now()
		if _, err := h.scheduling.RunDue(b.Context()); err != nil {
			b.Fatal(err)
		}
		jobs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(jobs.Milliseconds())/float64(b.N), "delivered-ms")
}

var benchHref = regexp.MustCompile(`<D:href>([^<]*\.ics)</D:href>`)

// BenchmarkReply is a PUT by which one of 10 attendees accepts.
func BenchmarkReply(b *testing.B) {
	h, people := benchPeople(b, 11)
	for i := range b.N {
		uid := fmt.Sprintf("reply-%d", i)
		send(b, h, people[0], http.MethodPut, "/dav/calendars/user/u0/Default/"+uid+".ics", benchInvitation(uid, 10), "If-None-Match", "*")
	}
	list := send(b, h, people[1], "PROPFIND", "/dav/calendars/user/u1/Default/", "", "Depth", "1").Body.String()
	type task struct{ href, tag, body string }
	var tasks []task
	for _, m := range benchHref.FindAllStringSubmatch(list, -1) {
		w := send(b, h, people[1], http.MethodGet, m[1], "", "", "")
		tasks = append(tasks, task{m[1], w.Header().Get("ETag"), strings.Replace(strings.ReplaceAll(w.Body.String(), "\r\n ", ""),
			"PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:u1@", "PARTSTAT=ACCEPTED:mailto:u1@", 1)})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		send(b, h, people[1], http.MethodPut, tasks[i].href, tasks[i].body, "If-Match", tasks[i].tag)
	}
}
