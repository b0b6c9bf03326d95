package dav

import (
	"strings"
	"testing"
)

// The resource of the request has entity tag "a" and tokens urn:t and urn:u; /other has "b" and none; all else does not exist.
func stateOf(resource string) State {
	switch resource {
	case "":
		return State{ETag: "a", Tokens: []string{"urn:t", "urn:u"}, Exists: true}
	case "/other", "http://example.com/other":
		return State{ETag: "b", Exists: true}
	}
	return State{ETag: "a"}
}

var ifHeaders = []struct {
	in     string
	status int
	want   bool
	tokens string
}{
	{``, 0, true, ""},
	{` `, 0, true, ""},
	{`(<urn:t>)`, 0, true, "urn:t"},
	{`(<urn:x>)`, 0, false, "urn:x"},
	{`(["a"])`, 0, true, ""},
	{`([W/"a"])`, 0, true, ""},
	{`(["b"])`, 0, false, ""},
	{`([a])`, 0, true, ""},
	{`( [ "a" ] )`, 0, true, ""},
	{`(["a]"])`, 0, false, ""},
	{`(<urn:t>["a"])`, 0, true, "urn:t"},
	{`(<urn:t> ["b"])`, 0, false, "urn:t"},
	{`(<urn:x>) (["a"])`, 0, true, "urn:x"},
	{`(Not <urn:x>)`, 0, true, "urn:x"},
	{`(Not <urn:t>)`, 0, false, "urn:t"},
	{`(not<urn:x>Not["b"])`, 0, true, "urn:x"},
	{`(<urn:x>)(Not <DAV:no-lock>)`, 0, true, "urn:x DAV:no-lock"},
	{`(<urn:t> <urn:u>) (<urn:t>)`, 0, true, "urn:t urn:u"},
	{`</other>(["b"])`, 0, true, ""},
	{`</other> (["a"])`, 0, false, ""},
	{`<http://example.com/other> (["a"]) (["b"])`, 0, true, ""},
	{`</none>(["a"])`, 0, false, ""},
	{`</none>(Not ["a"])`, 0, true, ""},
	{`</none>(["a"]) </other>(["b"])`, 0, true, ""},
	{`()`, 400, false, ""},
	{`(`, 400, false, ""},
	{`(<urn:t>`, 400, false, ""},
	{`(<urn:t)`, 400, false, ""},
	{`(<>)`, 400, false, ""},
	{`(<urn: t>)`, 400, false, ""},
	{`([])`, 400, false, ""},
	{`(["a)`, 400, false, ""},
	{`(["a"`, 400, false, ""},
	{`(["a" "b"])`, 400, false, ""},
	{`(Not)`, 400, false, ""},
	{`(No <urn:t>)`, 400, false, ""},
	{`(Not Not <urn:t>)`, 400, false, ""},
	{`</other>`, 400, false, ""},
	{`</other></none>(["a"])`, 400, false, ""},
	{`(<urn:t>) </other>(["b"])`, 400, false, ""},
	{`urn:t`, 400, false, ""},
	{`*`, 400, false, ""},
	{`((<urn:t>))`, 400, false, ""},
	{strings.Repeat(`(<urn:x>)`, 1000), 400, false, ""},
	{strings.Repeat(`(`, 100_000), 400, false, ""},
}

func TestIf(t *testing.T) {
	for _, test := range ifHeaders {
		f, err := ParseIf(test.in)
		if got := statusOf(t, err); got != test.status {
			t.Errorf("%.40s: got %v, want status %d", test.in, err, test.status)
		}
		if err != nil {
			continue
		}
		if got := f.Eval(stateOf); got != test.want {
			t.Errorf("%s: holds %v, want %v", test.in, got, test.want)
		}
		if got := strings.Join(f.Tokens(), " "); got != test.tokens {
			t.Errorf("%s: tokens %q, want %q", test.in, got, test.tokens)
		}
	}
}

// write puts an If header together again.
func (f *If) write() string {
	var b strings.Builder
	for _, l := range f.lists {
		if l.resource != "" {
			b.WriteString("<" + l.resource + ">")
		}
		b.WriteString("(")
		for _, c := range l.conditions {
			if c.not {
				b.WriteString("Not ")
			}
			switch {
			case c.token != "":
				b.WriteString("<" + c.token + ">")
			case c.etag.Weak:
				b.WriteString(`[W/"` + c.etag.Tag + `"]`)
			default:
				b.WriteString(`["` + c.etag.Tag + `"]`)
			}
		}
		b.WriteString(")")
	}
	return b.String()
}

func FuzzIf(f *testing.F) {
	for _, test := range ifHeaders {
		if len(test.in) < 1000 {
			f.Add(test.in)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		header, err := ParseIf(value)
		if status := statusOf(t, err); status != 0 && status != 400 {
			t.Fatalf("%q: %v", value, err)
		}
		holds := header.Eval(stateOf)
		if header == nil {
			return
		}
		again, err := ParseIf(header.write())
		if err != nil || again.write() != header.write() || again.Eval(stateOf) != holds {
			t.Errorf("%q read, written and read again is %v, %v", value, again, err)
		}
	})
}
