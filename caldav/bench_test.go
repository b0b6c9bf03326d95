package caldav

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"
)

// benchCalendar is a Handler with a calendar of n events of ann's: every fifth weekly for ten weeks, in one of two zones.
func benchCalendar(b *testing.B, n int) (*Handler, *store.Principal) {
	b.Helper()
	db := storetest.New(b)
	ann, err := db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: "ann"})
	if err != nil {
		b.Fatal(err)
	}
	h := New(Options{DB: db, Now: func() time.Time { return testNow }})
	home, err := db.Home(b.Context(), ann.ID)
	if err != nil {
		b.Fatal(err)
	}
	coll := home.Collection("Default")
	_, err = store.InTx(b.Context(), db, []store.PrincipalID{ann.ID}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		for i := range n {
			_, in, err := h.newObject(ctx, []byte(benchEvent(i)), coll)
			if err != nil {
				return struct{}{}, err
			}
			in.Name = fmt.Sprintf("event-%d.ics", i)
			if _, err := tx.Put(ctx, coll, in); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return h, ann
}

func benchEvent(i int) string {
	start := time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 17 * time.Hour)
	lines := []string{"LOCATION:Room " + fmt.Sprint(i), "DESCRIPTION:" + strings.Repeat("what it is about ", 20)}
	if i%5 == 0 {
		lines = append(lines, "RRULE:FREQ=WEEKLY;COUNT=10")
	}
	var b []byte
	b = append(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//bench//EN\r\n"...)
	b, err := ical.AppendVTimezone(b, "Europe/Berlin", start, start.AddDate(1, 0, 0))
	if err != nil {
		panic(err)
	}
	b = append(b, "BEGIN:VEVENT\r\nUID:bench-"+fmt.Sprint(i)+"\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Bench\r\nDTSTART;TZID=Europe/Berlin:"+
		start.Format("20060102T150405")+"\r\nDURATION:PT1H\r\n"+strings.Join(lines, "\r\n")+"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"...)
	return string(b)
}

// BenchmarkRequests measures handlers without the network and without authentication.
func BenchmarkRequests(b *testing.B) {
	h, ann := benchCalendar(b, 1000)
	month := `start="20261201T000000Z" end="20270101T000000Z"`
	query := func(data string) string {
		return wrap("C:calendar-query", `<D:prop><D:getetag/>`+data+`</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">`+
			`<C:time-range `+month+`/></C:comp-filter></C:comp-filter></C:filter>`)
	}
	hrefs := ""
	for i := range 50 {
		hrefs += fmt.Sprintf("<D:href>%sevent-%d.ics</D:href>", annDefault, i*7)
	}
	for _, bm := range []struct{ name, method, path, depth, body string }{
		{"poll-ctag", "PROPFIND", annDefault, "0", propfind("CS:getctag", "D:sync-token")},
		{"home", "PROPFIND", "/dav/calendars/user/ann/", "1", propfind("CS:getctag", "D:displayname", "D:resourcetype", "A:calendar-color")},
		{"get", "GET", annDefault + "event-7.ics", "", ""},
		{"sync-initial", "REPORT", annDefault, "0", wrap("D:sync-collection", `<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`)},
		{"list-etags", "PROPFIND", annDefault, "1", propfind("D:getetag", "D:resourcetype")},
		{"multiget-50", "REPORT", annDefault, "1", wrap("C:calendar-multiget", `<D:prop><D:getetag/><C:calendar-data/></D:prop>`+hrefs)},
		{"query-month", "REPORT", annDefault, "1", query(`<C:calendar-data/>`)},
		{"query-expand", "REPORT", annDefault, "1", query(`<C:calendar-data><C:expand ` + month + `/></C:calendar-data>`)},
		{"free-busy", "REPORT", annDefault, "1", wrap("C:free-busy-query", `<C:time-range `+month+`/>`)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(bm.method, bm.path, strings.NewReader(bm.body))
				if bm.depth != "" {
					r.Header.Set("Depth", bm.depth)
				}
				w := httptest.NewRecorder()
				h.ServeDAV(w, r, ann)
				if w.Code != http.StatusMultiStatus && w.Code != http.StatusOK {
					b.Fatalf("status %d\n%s", w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkPut measures the storing of new objects by eight users at a time.
func BenchmarkPut(b *testing.B) {
	h, _ := benchCalendar(b, 0)
	users := make(chan *store.Principal, 8)
	for i := range cap(users) {
		p, err := h.db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: fmt.Sprint("user", i)})
		if err != nil {
			b.Fatal(err)
		}
		users <- p
	}
	var n atomic.Int64
	b.SetParallelism(4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		who := <-users
		defer func() { users <- who }()
		for pb.Next() {
			i := int(n.Add(1))
			r := httptest.NewRequest("PUT", fmt.Sprintf("/dav/calendars/user/%s/Default/event-%d.ics", who.Name, i), strings.NewReader(benchEvent(i)))
			r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
			r.Header.Set("If-None-Match", "*")
			w := httptest.NewRecorder()
			h.ServeDAV(w, r, who)
			if w.Code != http.StatusCreated {
				b.Fatalf("status %d\n%s", w.Code, w.Body)
			}
		}
	})
}
