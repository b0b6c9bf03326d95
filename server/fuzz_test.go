package server

import (
	"net/http/httptest"
	"testing"

	"convene/server/config"
)

// Nothing that is sent as X-Forwarded-For makes a stranger look like the machine itself.
func FuzzClientOf(f *testing.F) {
	for _, seed := range []string{"", "127.0.0.1", "192.0.2.1, 10.0.0.1", "[::1]:5,", "::ffff:127.0.0.1", "fe80::1%eth0"} {
		f.Add(seed)
	}
	trusted := config.Networks{}
	f.Fuzz(func(t *testing.T, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["X-Forwarded-For"] = []string{forwarded}
		r.RemoteAddr = "192.0.2.7:1"
		if c := clientOf(r, trusted); c.local() || c.secure || c.addr.String() != "192.0.2.7" {
			t.Errorf("%q: %+v", forwarded, c)
		}
		r.RemoteAddr = "10.0.0.1:1"
		if c := clientOf(r, networks(t, "10.0.0.1")); !c.addr.IsValid() {
			t.Errorf("%q: %+v", forwarded, c)
		}
	})
}
