package dav

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// headers makes a header of "Name: value" lines.
func headers(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// statusOf returns the status in an error, 0 for nil.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	var e *Error
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &e):
		t.Fatalf("%v is not an *Error", err)
	case e.Detail == "":
		t.Errorf("%v has no sentence", e)
	}
	return e.Status
}

func TestParseDepth(t *testing.T) {
	for _, test := range []struct {
		header string
		want   Depth
		status int
	}{
		{"", Depth1, 0}, {"0", Depth0, 0}, {" 1 ", Depth1, 0}, {"infinity", DepthInfinity, 0}, {"Infinity", DepthInfinity, 0},
		{"1,noroot", Depth1, 0}, {"infinity, noroot", DepthInfinity, 0}, {"1,2", Depth1, 400}, {",noroot", Depth1, 400},
		{"2", Depth1, 400}, {"-1", Depth1, 400}, {"1e9", Depth1, 400}, {strings.Repeat("9", 1000), Depth1, 400},
	} {
		got, err := ParseDepth(headers("Depth: "+test.header), Depth1)
		if got != test.want || statusOf(t, err) != test.status {
			t.Errorf("%.20q: got %v, %v, want %v, %d", test.header, got, err, test.want, test.status)
		}
	}
	if got, err := ParseDepth(http.Header{}, DepthInfinity); got != DepthInfinity || err != nil {
		t.Errorf("no header: got %v, %v", got, err)
	}
	if Depth0.String()+Depth1.String()+DepthInfinity.String() != "01infinity" {
		t.Error("String does not give what the header has")
	}
}

func TestParseOverwrite(t *testing.T) {
	for _, test := range []struct {
		header string
		want   bool
		status int
	}{{"", true, 0}, {"T", true, 0}, {"F", false, 0}, {"f", false, 0}, {"yes", false, 400}} {
		got, err := ParseOverwrite(headers("Overwrite: " + test.header))
		if got != test.want || statusOf(t, err) != test.status {
			t.Errorf("%q: got %v, %v", test.header, got, err)
		}
	}
}

func TestMediaType(t *testing.T) {
	for _, test := range []struct{ header, mediaType, charset string }{
		{"", "", ""}, {"text/calendar", "text/calendar", ""}, {"Text/Calendar; Charset=UTF-8", "text/calendar", "utf-8"},
		{`application/xml;a=b; charset="utf-8";c`, "application/xml", "utf-8"}, {";;;=;", "", ""},
	} {
		mediaType, charset := MediaType(headers("Content-Type: " + test.header))
		if mediaType != test.mediaType || charset != test.charset {
			t.Errorf("%q: got %q, %q", test.header, mediaType, charset)
		}
	}
}

var preferences = []struct {
	name  string
	lines []string
	want  Prefer
}{
	{"none", nil, Prefer{}},
	{"minimal", []string{"Prefer: return=minimal"}, Prefer{Minimal: true}},
	{"representation", []string{"Prefer: return=representation"}, Prefer{Representation: true}},
	{"old form", []string{"Prefer: return-minimal"}, Prefer{Minimal: true}},
	{"old form of representation", []string{"Prefer: return-representation"}, Prefer{Representation: true}},
	{"brief", []string{"Brief: t"}, Prefer{Minimal: true}},
	{"brief off", []string{"Brief: f"}, Prefer{}},
	{"brief beside Prefer", []string{"Brief: t", "Prefer: return=representation"}, Prefer{Representation: true}},
	{"several", []string{"Prefer: return=minimal, depth-noroot, respond-async, wait=10"},
		Prefer{Minimal: true, DepthNoRoot: true, RespondAsync: true, Wait: 10 * time.Second}},
	{"several lines", []string{"Prefer: handling=lenient", "Prefer: Depth-NoRoot"}, Prefer{Lenient: true, DepthNoRoot: true}},
	{"first counts", []string{"Prefer: return=minimal, return=representation, handling=strict, handling=lenient"},
		Prefer{Minimal: true, Strict: true}},
	{"quoted and spaced", []string{`Prefer: foo="a, return=representation; \"", return = "minimal" ; x=y`}, Prefer{Minimal: true}},
	{"parameters", []string{"Prefer: return=minimal; a=b, depth-noroot;c"}, Prefer{Minimal: true, DepthNoRoot: true}},
	{"unknown values", []string{"Prefer: return=everything, wait=soon, wait=-1, handling"}, Prefer{}},
	{"noroot in Depth", []string{"Depth: 1, noroot"}, Prefer{DepthNoRoot: true}},
	{"rubbish", []string{`Prefer: =;,"",;;="\`}, Prefer{}},
}

func TestParsePrefer(t *testing.T) {
	for _, test := range preferences {
		if got := ParsePrefer(headers(test.lines...)); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func FuzzPrefer(f *testing.F) {
	for _, test := range preferences {
		for _, line := range test.lines {
			_, value, _ := strings.Cut(line, ": ")
			f.Add(value)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		p := ParsePrefer(headers("Prefer: "+value, "Depth: "+value, "Brief: "+value))
		if p.Minimal && p.Representation || p.Strict && p.Lenient || p.Wait < 0 {
			t.Errorf("%q: %+v", value, p)
		}
		if again := ParsePrefer(headers("Prefer: " + value + ", depth-noroot")); again.Minimal && !p.Minimal && !strings.EqualFold(strings.TrimSpace(value), "t") {
			t.Errorf("%q: more to the end makes it minimal", value)
		}
	})
}

func TestApplied(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "accept, prefer")
	Applied(w.Header(), "return=minimal")
	if got := w.Header().Get("Preference-Applied"); got != "return=minimal" {
		t.Errorf("Preference-Applied is %q", got)
	}
	if got := strings.Join(w.Header()["Vary"], ", "); got != "accept, prefer, Brief" {
		t.Errorf("Vary is %q", got)
	}
}
