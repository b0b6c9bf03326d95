package scheduling

import (
	"testing"

	"convene/scheduling/itip"
	"convene/store"
	"convene/store/storetest"
)

// Principals are found by all that clients write for them.
func TestAddresses(t *testing.T) {
	db := storetest.New(t)
	ann, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "ann", Addresses: []string{"mailto:ann@example.com", "mailto:a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{DB: db, URL: "https://cal.example.com:8443", Domains: []string{"example.com"}})
	for address, want := range map[string]bool{
		"MAILTO:Ann@Example.com":                                        true,
		"mailto:a%40example.com":                                        true,
		"/dav/principals/user/ann/":                                     true,
		"https://cal.example.com/dav/principals/user/ann/":              true,
		"https://CAL.example.com:8443/dav/principals/user/ann":          true,
		"https://cal.example.org/dav/principals/user/ann/":              false,
		"https://cal.example.com/dav/principals/group/ann/":             false,
		"mailto:nobody@example.com":                                     false,
		"invalid:nomail":                                                false,
		"urn:uuid:7b0b5a3e-0000-4000-8000-000000000000":                 false,
		"https://cal.example.com/dav/principals/user/ann/../user/root/": false,
	} {
		d := &directory{}
		if err := e.look(t.Context(), d, []itip.Address{itip.ParseAddress(address)}); err != nil {
			t.Fatal(err)
		}
		p := d.principals[itip.ParseAddress(address)]
		if got := p != nil && p.ID == ann.ID; got != want {
			t.Errorf("%s is ann: %v, want %v", address, got, want)
		}
	}
	for address, want := range map[string]bool{"mailto:x@example.com": true, "mailto:x@example.org": false, "urn:x": true, "https://example.org/x": true} {
		if got := e.isOurs(itip.Address(address)); got != want {
			t.Errorf("isOurs(%s) = %v, want %v", address, got, want)
		}
	}
}
