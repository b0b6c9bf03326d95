package dav

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"
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
	{"external entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, XMLLimits{}, 400, "document type"},
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
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := ReadXML(strings.NewReader(body), XMLLimits{})
			spent := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%v, %d MB, %v", spent.Round(time.Millisecond), allocated, err)
			if spent > 2*time.Second || allocated > 120 {
				t.Errorf("took %v and %d MB", spent, allocated)
			}
		})
	}
}

func TestElement(t *testing.T) {
	root, err := ReadXML(strings.NewReader(`<a xmlns="DAV:" xml:lang="en" x="1"><b>1</b><c xml:lang=""/><b>2</b></a>`), XMLLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for e := range root.All(DAV("b")) {
		all += e.Text
	}
	if all != "12" || root.Child(DAV("b")).Text != "1" || root.Child(CalDAV("b")) != nil {
		t.Errorf("All found %q, Child %v and %v", all, root.Child(DAV("b")), root.Child(CalDAV("b")))
	}
	if b, c := root.Child(DAV("b")).Lang, root.Child(DAV("c")).Lang; root.Lang != "en" || b != "en" || c != "" {
		t.Errorf("languages %q, %q, %q", root.Lang, b, c)
	}
	if x, ok := root.Attr("x"); x != "1" || !ok {
		t.Errorf("attribute x is %q, %v", x, ok)
	}
	var none *Element
	if _, ok := none.Attr("x"); ok || none.Child(DAV("b")) != nil {
		t.Error("a nil element has something")
	}
	for range none.All(DAV("b")) {
		t.Error("a nil element has children")
	}
}

var raws = []struct{ name, in, want string }{
	{"nothing to add", `<a><p xmlns="u">1</p></a>`, `<p xmlns="u">1</p>`},
	{"default namespace", `<a xmlns="u"><p>1<q/></p></a>`, `<p xmlns="u">1<q/></p>`},
	{"prefix used", `<D:a xmlns:D="DAV:" xmlns:x="u" xmlns:y="v"><x:p b="1"/></D:a>`, `<x:p xmlns:x="u" b="1"/>`},
	{"prefix used inside only", `<a xmlns:x="u"><p><x:q/></p></a>`, `<p xmlns:x="u"><x:q/></p>`},
	{"innermost declaration", `<a xmlns:x="u"><b xmlns:x="v"><x:p/></b></a>`, ``},
	{"declared by itself", `<a xmlns:x="u"><x:p xmlns:x="v"/></a>`, `<x:p xmlns:x="v"/>`},
	{"language", `<a xml:lang="de"><p>1</p></a>`, `<p xml:lang="de">1</p>`},
	{"own language", `<a xml:lang="de"><p xml:lang="fr">1</p></a>`, `<p xml:lang="fr">1</p>`},
	{"verbatim", "<a><p\n b='1'><!-- x --><![CDATA[<]]>&#13;</p ></a>", "<p\n b='1'><!-- x --><![CDATA[<]]>&#13;</p >"},
	{"special characters in a namespace", `<a xmlns:x="u&amp;&quot;&lt;"><x:p/></a>`, `<x:p xmlns:x="u&amp;&#34;&lt;"/>`},
	{"prefix in a value", `<a xmlns:xs="u"><p t="xs:string"/></a>`, `<p xmlns:xs="u" t="xs:string"/>`},
}

func TestRaw(t *testing.T) {
	for _, test := range raws {
		t.Run(test.name, func(t *testing.T) {
			root, err := ReadXML(strings.NewReader(test.in), XMLLimits{})
			if err != nil {
				t.Fatal(err)
			}
			e := root.Children[0]
			want := test.want
			if want == "" {
				e, want = e.Children[0], `<x:p xmlns:x="v"/>`
			}
			if got := e.Raw(); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			checkRaw(t, e)
		})
	}
	if got := new(Element).Raw(); got != "" {
		t.Errorf("an element that was not read is %q", got)
	}
}

// checkRaw says whether e, taken out of its document, means the same.
func checkRaw(t *testing.T, e *Element) {
	t.Helper()
	alone, err := ReadXML(strings.NewReader(e.Raw()), XMLLimits{MaxNodes: 1 << 20})
	if err != nil {
		t.Fatalf("%q: %v", e.Raw(), err)
	}
	got, want := sketch(alone), sketch(e)
	if e.Lang != "" && !strings.Contains(want, "{"+nsXML+"}lang") {
		got = strings.Replace(got, fmt.Sprintf("[{%s}lang=%q]", nsXML, e.Lang), "", 1)
	}
	if got != want && alone.Lang == e.Lang {
		t.Errorf("alone it is\n%s\nin its document\n%s", got, want)
	}
	if alone.Lang != e.Lang {
		t.Errorf("alone its language is %q, in its document %q", alone.Lang, e.Lang)
	}
}

// oracle reads a document with encoding/xml, which is laxer about namespaces and keeps white space in attributes as it is.
func oracle(doc string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(doc))
	type open struct {
		e    *Element
		text strings.Builder
	}
	var stack []*open
	top := &Element{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			if len(top.Children) != 1 {
				return "", fmt.Errorf("%d roots", len(top.Children))
			}
			return sketch(top.Children[0]), nil
		} else if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &Element{Name: Name(token.Name)}
			for _, a := range token.Attr {
				if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
					continue
				}
				e.Attrs = append(e.Attrs, Attr{Name(a.Name), strings.NewReplacer("\n", " ", "\t", " ").Replace(a.Value)})
			}
			parent := top
			if n := len(stack); n > 0 {
				parent = stack[n-1].e
			}
			parent.Children = append(parent.Children, e)
			stack = append(stack, &open{e: e})
		case xml.EndElement:
			in := stack[len(stack)-1]
			in.e.Text = in.text.String()
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if n := len(stack); n > 0 {
				stack[n-1].text.Write(token)
			}
		}
	}
}

// noSpace leaves the white space out of a sketch, which is kept a little differently by the two readers.
func noSpace(s string) string {
	s = strings.NewReplacer(`\n`, "", `\t`, "", `\r`, "").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	return strings.ReplaceAll(s, `""`, "")
}

func FuzzReadXML(f *testing.F) {
	for _, d := range documents {
		f.Add(d.in)
	}
	for _, r := range refusals {
		if len(r.in) < 1000 {
			f.Add(r.in)
		}
	}
	for _, r := range raws {
		f.Add(r.in)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		root, err := ReadXML(strings.NewReader(doc), XMLLimits{})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Status < 400 || e.Status > 499 || !utf8.ValidString(e.Detail) {
				t.Fatalf("%#v", err)
			}
			return
		}
		if root == nil {
			return
		}
		for e := root; e != nil; {
			checkRaw(t, e)
			if len(e.Children) == 0 {
				break
			}
			e = e.Children[len(e.Children)-1]
		}
		want, err := oracle(strings.TrimLeft(strings.TrimPrefix(doc, "\ufeff"), " \t\r\n"))
		if err != nil {
			return // it knows fewer letters, and versions
		}
		if got := sketch(root); noSpace(got) != noSpace(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

var homeDiscovery = `<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:" xmlns:B="urn:ietf:params:xml:ns:caldav" xmlns:C="http://calendarserver.org/ns/" xmlns:D="http://apple.com/ns/ical/">
  <A:prop><A:add-member/><C:allowed-sharing-modes/><D:autoprovisioned/><D:calendar-color/><B:calendar-description/>
    <B:calendar-free-busy-set/><D:calendar-order/><B:calendar-timezone/><A:current-user-privilege-set/><B:default-alarm-vevent-date/>
    <A:displayname/><C:getctag/><D:language-code/><D:location-code/><A:owner/><C:pre-publish-url/><C:publish-url/><C:push-transports/>
    <C:pushkey/><A:quota-available-bytes/><A:quota-used-bytes/><D:refreshrate/><A:resource-id/><A:resourcetype/>
    <B:schedule-calendar-transp/><B:schedule-default-calendar-URL/><C:source/><C:subscribed-strip-alarms/>
    <B:supported-calendar-component-set/><A:supported-report-set/><A:sync-token/></A:prop>
</A:propfind>`

func multiget(n int) string {
	var b strings.Builder
	b.WriteString(`<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>`)
	for i := range n {
		fmt.Fprintf(&b, "<D:href>/dav/calendars/user/ann/Default/%032d.ics</D:href>\n", i)
	}
	return b.String() + `</C:calendar-multiget>`
}

func BenchmarkReadXML(b *testing.B) {
	for _, test := range []struct{ name, doc string }{
		{"ctag", `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>`},
		{"home", homeDiscovery}, {"multiget100", multiget(100)}, {"multiget5000", multiget(5000)},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(test.doc)))
			for b.Loop() {
				root, err := ReadXML(strings.NewReader(test.doc), XMLLimits{})
				if err != nil || root == nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(test.name+"/encoding-xml", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dec := xml.NewDecoder(strings.NewReader(test.doc))
				for {
					if _, err := dec.Token(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
