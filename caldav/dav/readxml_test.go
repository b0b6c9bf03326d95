package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// sketch renders a tree so that trees can be compared: {space}local[attr=value] 'text' (children).
func sketch(e *Element) string {
	if e == nil {
		return "nothing"
	}
	var b strings.Builder
	b.WriteString(e.Name.String())
	for _, a := range e.Attrs {
		fmt.Fprintf(&b, "[%s=%q]", a.Name, a.Value)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, " %q", e.Text)
	}
	if e.Children != nil {
		b.WriteString(" (")
		for i, c := range e.Children {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(sketch(c))
		}
		b.WriteString(")")
	}
	return b.String()
}

var documents = []struct{ name, in, want string }{
	{"empty body", "", "nothing"},
	{"only white space", " \r\n\t", "nothing"},
	{"one element", `<a/>`, `a`},
	{"byte order mark and blank lines", "\ufeff\r\n<?xml version='1.0' encoding='UTF-8'?>\n<a/>\n", `a`},
	{"default namespace", `<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`,
		`{DAV:}propfind ({DAV:}prop ({DAV:}getetag))`},
	{"default namespace undone", `<a xmlns="DAV:"><b xmlns=""/></a>`, `{DAV:}a (b)`},
	{"prefix declared on the element", `<x:a xmlns:x="u" x:b="1" b="2"/>`, `{u}a[{u}b="1"][b="2"]`},
	{"prefix declared again inside", `<x:a xmlns:x="u"><x:b xmlns:x="v"/><x:c/></x:a>`, `{u}a ({v}b, {u}c)`},
	{"declaration after its use", `<a x:b="1" xmlns:x="u"/>`, `a[{u}b="1"]`},
	{"reserved prefix", `<a xml:lang="de"/>`, `a[{http://www.w3.org/XML/1998/namespace}lang="de"]`},
	{"text with references", `<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#x1F600;</a>`, `a "<&>\"'AB😀"`},
	{"line ends", "<a>1\r\n2\r3\n4&#13;</a>", `a "1\n2\n3\n4\r"`},
	{"line ends in cdata", "<a><![CDATA[1\r\n<2>&amp;]]></a>", `a "1\n<2>&amp;"`},
	{"white space in attributes", "<a b=\"1\r\n2\t3\n4&#10;\"/>", `a[b="1 2 3 4\n"]`},
	{"text in pieces", "<a>1<!-- x -->2<![CDATA[3]]>4<?pi?></a>", `a "1234"`},
	{"white space kept in a leaf", "<a>\n </a>", `a "\n "`},
	{"white space dropped around children", "<a>\n <b/>\n <c>\n</c>\n</a>", `a (b, c "\n")`},
	{"mixed content", "<a> 1 <b/> 2\n<c/>\n</a>", `a " 1  2\n" (b, c)`},
	{"comment, then child", "<a>\n<!-- x -->\n<b/></a>", `a (b)`},
	{"names of other scripts", `<ä><日本/></ä>`, `ä (日本)`},
	{"single quotes and blanks", "<a  b = '1\"2'\n></a >", `a[b="1\"2"]`},
	{"comment and instruction around the root", "<!-- x --><?a b?><a/><!-- y -->", `a`},
}

func TestReadXML(t *testing.T) {
	for _, test := range documents {
		t.Run(test.name, func(t *testing.T) {
			root, err := ReadXML(strings.NewReader(test.in), XMLLimits{})
			if got := sketch(root); err != nil || got != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func nested(depth int) string { return strings.Repeat("<a>", depth) + strings.Repeat("</a>", depth) }

func bomb() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE a [<!ENTITY l0 "lol">`)
	for i := range 20 {
		fmt.Fprintf(&b, `<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
	}
	return b.String() + "]><a>&l20;</a>"
}

func manyDeclarations(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<a xmlns:p%d="u">`, i)
	}
	return b.String() + strings.Repeat("</a>", n)
}

var refusals = []struct {
	name, in string
	lim      XMLLimits
	status   int
	want     string // part of the sentence
}{
	{"not XML", "BEGIN:VCALENDAR", XMLLimits{}, 400, "text outside"},
	{"cut short in a tag", "<a><b", XMLLimits{}, 400, "ends inside"},
	{"cut short after a tag", "<a><b/>", XMLLimits{}, 400, "ends inside"},
	{"cut short in a comment", "<a><!-- ", XMLLimits{}, 400, "ends inside"},
	{"cut short in cdata", "<a><![CDATA[", XMLLimits{}, 400, "ends inside"},
	{"lone angle bracket", "<", XMLLimits{}, 400, "ends inside"},
	{"half an instruction", "<?>", XMLLimits{}, 400, "ends inside"},
	{"instruction without name", "<??><a/>", XMLLimits{}, 400, "name"},
	{"only a comment", "<!-- -->", XMLLimits{}, 400, "no element"},
	{"wrong end tag", "<a>\n<b>\n</a></b>", XMLLimits{}, 400, "line 3: <b> is ended by </a>"},
	{"end tag alone", "</a>", XMLLimits{}, 400, "ends nothing"},
	{"two roots", "<a/><b/>", XMLLimits{}, 400, "follows the root"},
	{"text after the root", "<a/>b", XMLLimits{}, 400, "text outside"},
	{"cdata after the root", "<a/><![CDATA[b]]>", XMLLimits{}, 400, "text outside"},
	{"prefix not declared", `<D:a/>`, XMLLimits{}, 400, "prefix D is not declared"},
	{"prefix of an attribute not declared", `<a D:b=""/>`, XMLLimits{}, 400, "prefix D is not declared"},
	{"prefix out of its scope", `<a><b xmlns:D="DAV:"/><D:c/></a>`, XMLLimits{}, 400, "prefix D is not declared"},
	{"prefix declared empty", `<a xmlns:D=""/>`, XMLLimits{}, 400, "declared empty"},
	{"prefix declared twice", `<a xmlns:D="u" xmlns:D="v"/>`, XMLLimits{}, 400, "declared twice"},
	{"reserved namespace", `<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>`, XMLLimits{}, 400, "reserved"},
	{"two colons", `<a:b:c xmlns:a="u"/>`, XMLLimits{}, 400, "not a name"},
	{"nothing before the colon", `<:a/>`, XMLLimits{}, 400, "not a name"},
	{"nothing after the colon", `<a: xmlns:a="u"/>`, XMLLimits{}, 400, "not a name"},
	{"attribute twice", `<a b="1" b="2"/>`, XMLLimits{}, 400, "twice"},
	{"attribute twice by namespace", `<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>`, XMLLimits{}, 400, "twice"},
	{"attribute without value", `<a b/>`, XMLLimits{}, 400, "no value"},
	{"attribute without quotes", `<a b=1/>`, XMLLimits{}, 400, "not quoted"},
	{"attributes run together", `<a b="1"c="2"/>`, XMLLimits{}, 400, "name"},
	{"angle bracket in an attribute", `<a b="<"/>`, XMLLimits{}, 400, "< in the value"},
	{"unknown entity", `<a>&nbsp;</a>`, XMLLimits{}, 400, "reference"},
	{"ampersand alone", `<a>a & b</a>`, XMLLimits{}, 400, "without the ;"},
	{"empty reference", `<a>&;&#;&#x;</a>`, XMLLimits{}, 400, "reference"},
	{"reference to NUL", `<a>&#0;</a>`, XMLLimits{}, 400, "reference"},
	{"reference to a surrogate", `<a>&#xD800;</a>`, XMLLimits{}, 400, "reference"},
	{"reference out of Unicode", `<a>&#xFFFFFFFF;</a>`, XMLLimits{}, 400, "reference"},
	{"end of cdata in text", `<a>]]></a>`, XMLLimits{}, 400, "]]>"},
	{"two hyphens in a comment", `<a><!-- -- --></a>`, XMLLimits{}, 400, "comment"},
	{"XML declaration in the midst", `<a><?xml version="1.0"?></a>`, XMLLimits{}, 400, "not the first"},
	{"control character", "<a>\x01</a>", XMLLimits{}, 400, "0x01"},
	{"not UTF-8", "<a>\xe4</a>", XMLLimits{}, 400, "UTF-8"},
	{"noncharacter", "<a>\uffff</a>", XMLLimits{}, 400, "U+FFFF"},
	{"declared Latin 1", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, XMLLimits{}, 415, "ISO-8859-1"},
	{"declared UTF-16", `<?xml version="1.0" encoding='utf-16'?><a/>`, XMLLimits{}, 415, "utf-16"},
	{"UTF-16, little end first", "\xff\xfe<\x00a\x00/\x00>\x00", XMLLimits{}, 415, "UTF-16"},
	{"UTF-16, big end first", "\xfe\xff\x00<\x00a\x00/\x00>", XMLLimits{}, 415, "UTF-16"},
	{"UTF-16 without mark", "<\x00a\x00/\x00>\x00", XMLLimits{}, 415, "UTF-16"},
	{"document type", `<!DOCTYPE a><a/>`, XMLLimits{}, 400, "document type"},
	{"external entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, XMLLimits{}, 403, "other documents"},
	{"external document type", `<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>`, XMLLimits{}, 403, "other documents"},
	{"billion laughs", bomb(), XMLLimits{}, 400, "document type"},
	{"100,000 deep", nested(100_000), XMLLimits{}, 413, "inside each other"},
	{"100,000 deep, never closed", strings.Repeat("<a>", 100_000), XMLLimits{}, 413, "inside each other"},
	{"too many elements", "<a>" + strings.Repeat("<b/>", 200_000) + "</a>", XMLLimits{}, 413, "elements"},
	{"too many comments", "<a>" + strings.Repeat("<!---->", 200_000) + "</a>", XMLLimits{}, 413, "elements"},
	{"too many attributes", "<a" + strings.Repeat(" b='1'", 200) + "/>", XMLLimits{}, 413, "attributes"},
	{"too many declarations", manyDeclarations(300), XMLLimits{MaxDepth: 1000}, 413, "declarations"},
	{"own depth limit", nested(4), XMLLimits{MaxDepth: 3}, 413, "3 elements inside"},
	{"own node limit", `<a b=""><c/></a>`, XMLLimits{MaxNodes: 2}, 413, "2 elements"},
	{"own byte limit", "<a>123</a>", XMLLimits{MaxBytes: 9}, 413, "too large"},
	{"20 MB", "<a>" + strings.Repeat("x", 20<<20) + "</a>", XMLLimits{}, 413, "too large"},
}

func TestReadXMLRefuses(t *testing.T) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			root, err := ReadXML(strings.NewReader(test.in), test.lim)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %s, %v, want an *Error", sketch(root), err)
			}
			if e.Status != test.status || !strings.Contains(e.Detail, test.want) {
				t.Errorf("got %v\nwant status %d and %q", e, test.status, test.want)
			}
			if len(e.Detail) > 300 {
				t.Errorf("the sentence is %d bytes long", len(e.Detail))
			}
		})
	}
}

func TestReadXMLBrokenBody(t *testing.T) {
	cut := io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(io.ErrUnexpectedEOF))
	large := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("<a></a>")), 3)
	for _, test := range []struct {
		name   string
		body   io.Reader
		status int
	}{{"cut short", cut, 400}, {"too large for the server", large, 413}} {
		_, err := ReadXML(test.body, XMLLimits{})
		var e *Error
		if !errors.As(err, &e) || e.Status != test.status {
			t.Errorf("%s: got %v, want status %d", test.name, err, test.status)
		}
	}
}

// TestReadXMLCost bounds what the worst bodies of 10 MB cost.
func TestReadXMLCost(t *testing.T) {
	const size = 10<<20 - 100
	fill := func(open, piece, end string) string {
		return open + strings.Repeat(piece, (size-len(open)-len(end))/len(piece)) + end
	}
	for name, body := range map[string]string{
		"text":             fill("<a>", "0123456789", "</a>"),
		"references":       fill("<a>", "&amp;", "</a>"),
		"line ends":        fill("<a>", "\r\n", "</a>"),
		"comments":         fill("<a>", "x<!---->", "</a>"),
		"large comment":    fill("<a><!--", "-x", "--></a>"),
		"open comment":     fill("<a><!--", "x", ""),
		"cdata":            fill("<a>", "<![CDATA[x]]>", "</a>"),
		"brackets":         fill("<a>", "]", "</a>"),
		"elements":         fill("<a>", "<b/>", "</a>"),
		"deep":             fill("", "<a>", ""),
		"one name":         fill("<", "a", "/>"),
		"attributes":       fill("<a>", `<b c="" d="" e=""/>`, "</a>"),
		"one attribute":    fill("<a b='", "x ", "'/>"),
		"mixed":            fill("<a>", "x<b/>", "</a>"),
		"space, one child": fill("<a>", " ", "<b/><b/></a>"),
		"declarations":     fill(`<a xmlns:x="u">`, `<x:a xmlns:y="u" xmlns:z="u" y:b="" z:c=""/>`, "</a>"),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			spent, allocated, err := time.Hour, uint64(0), error(nil)
			for range 3 { // the quickest counts: others may use the machine
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err = ReadXML(strings.NewReader(body), XMLLimits{})
				spent = min(spent, time.Since(start))
				runtime.ReadMemStats(&after)
				allocated = (after.TotalAlloc - before.TotalAlloc) >> 20
			}
			t.Logf("%v, %d MB, %v", spent.Round(time.Millisecond), allocated, err)
			if spent > 2*time.Second || allocated > 120 {
				t.Errorf("took %v and %d MB", spent, allocated)
			}
		})
	}
}
