package server

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"convene/server/auth"
	"convene/server/config"
	"convene/store"
	"convene/store/storetest"
)

// discard is a response writer that keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// BenchmarkPoll is the request that clients send most: has the calendar changed? All of the server is in it but the
// connection.
func BenchmarkPoll(b *testing.B) {
	db := storetest.New(b)
	s := New(config.Default(), db, NewLogger(io.Discard, config.Default().Log))
	hash, err := auth.HashPassword(b.Context(), "right")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.CreatePrincipal(b.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", PasswordHash: hash}); err != nil {
		b.Fatal(err)
	}
	const body = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>`
	r, err := http.NewRequest("PROPFIND", "/dav/calendars/user/ann/Default/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:1234"
	r.SetBasicAuth("ann", "right")
	r.Header.Set("Depth", "0")
	r.ContentLength = int64(len(body))
	w := &discard{header: http.Header{}}
	reader := strings.NewReader(body)
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(body)
		r.Body = io.NopCloser(reader)
		clear(w.header)
		s.ServeHTTP(w, r)
		if w.status != http.StatusMultiStatus {
			b.Fatalf("status %d", w.status)
		}
	}
}
