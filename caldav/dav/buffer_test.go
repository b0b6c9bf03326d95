package dav

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var texts = []struct{ name, in, want string }{
	{"nothing", "", ""},
	{"plain", "Lunch", "Lunch"},
	{"markup", `<a href="x">R&D</a>`, `&lt;a href="x"&gt;R&amp;D&lt;/a&gt;`},
	{"line ends of iCalendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR&#13;\nEND:VCALENDAR&#13;\n"},
	{"carriage return alone", "a\rb\r\r\n", "a&#13;b&#13;&#13;\n"},
	{"tabs and line feeds", "a\tb\nc", "a\tb\nc"},
	{"control characters", "a\x00b\x0bc\x1fd\x7fe", "abcd\x7fe"},
	{"other scripts", "Käse 日本 😀", "Käse 日本 😀"},
	{"not UTF-8", "K\xe4se \xf0\x9f", "K\uFFFDse \uFFFD\uFFFD"},
	{"surrogate and noncharacters", "\xed\xa0\x80\ufffe\uffff\ufffd", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
	{"long and plain", strings.Repeat("x", 1000), strings.Repeat("x", 1000)},
}

func TestText(t *testing.T) {
	for _, test := range texts {
		for lead := range 9 { // at every offset within a word of eight bytes
			var b Buffer
			b.Raw("!")
			b.Text(strings.Repeat("-", lead) + test.in)
			if got, want := string(b.B), "!"+strings.Repeat("-", lead)+test.want; got != want {
				t.Errorf("%s: got %q, want %q", test.name, got, want)
			}
		}
	}
	var b Buffer
	b.AttrText("a\"b\tc\nd\re\r\nf<>&'")
	if got, want := string(b.B), "a&#34;b&#9;c&#10;d&#13;e&#13;&#10;f&lt;&gt;&amp;'"; got != want {
		t.Errorf("attribute: got %q, want %q", got, want)
	}
}

// xmlText is what of s an XML document can hold.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0xFFFE || r == 0xFFFF:
			return utf8.RuneError
		case !isXMLChar(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\xff")) // Map makes each such byte U+FFFD
}

func FuzzText(f *testing.F) {
	for _, test := range texts {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b Buffer
		b.StartDocument(DAV("a"))
		b.EmptyAttrs(DAV("b"), "c", s)
		b.Elem(Name{"urn:x", "d"}, s)
		b.EndDocument(DAV("a"))
		var want strings.Builder
		for i := 0; i < len(s); { // one U+FFFD for each wrong byte
			r, size := utf8.DecodeRuneInString(s[i:])
			want.WriteString(xmlText(string(r)))
			i += size
		}
		var got struct {
			B struct {
				C string `xml:"c,attr"`
			} `xml:"DAV: b"`
			D string `xml:"urn:x d"`
		}
		if err := xml.Unmarshal(b.B, &got); err != nil {
			t.Fatalf("%v in %q", err, b.B)
		}
		if got.D != want.String() || got.B.C != want.String() {
			t.Errorf("encoding/xml: got %q and %q, want %q", got.D, got.B.C, want.String())
		}
		root, err := ReadXML(bytes.NewReader(b.B), XMLLimits{})
		if err != nil {
			t.Fatalf("%v in %q", err, b.B)
		}
		if attr, _ := root.Children[0].Attr("c"); attr != want.String() || root.Children[1].Text != want.String() {
			t.Errorf("ReadXML: got %q and %q, want %q", root.Children[1].Text, attr, want.String())
		}
	})
}

func TestBuffer(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 30, 0, 5e8, time.FixedZone("", 3600))
	for _, test := range []struct {
		name  string
		write func(*Buffer)
		want  string
	}{
		{"fixed prefixes", func(b *Buffer) {
			b.Empty(DAV("a"))
			b.Empty(CalDAV("b"))
			b.Empty(CS("c"))
			b.Empty(Apple("d"))
			b.Empty(Cyrus("e"))
		}, `<D:a/><C:b/><CS:c/><A:d/><CY:e/>`},
		{"other namespace", func(b *Buffer) { b.Elem(Name{`u"&`, "a"}, "1") }, `<X:a xmlns:X="u&#34;&amp;">1</X:a>`},
		{"no namespace", func(b *Buffer) { b.Elem(Name{"", "a"}, "1") }, `<a>1</a>`},
		{"empty text", func(b *Buffer) { b.Elem(DAV("displayname"), "") }, `<D:displayname/>`},
		{"attributes", func(b *Buffer) {
			b.OpenAttrs(CalDAV("comp"), "name", "VEVENT")
			b.EmptyAttrs(CalDAV("prop"), "name", `"`, "novalue", "yes")
			b.Close(CalDAV("comp"))
		}, `<C:comp name="VEVENT"><C:prop name="&#34;" novalue="yes"/></C:comp>`},
		{"href", func(b *Buffer) { b.Href("/a%20b/") }, `<D:href>/a%20b/</D:href>`},
		{"number", func(b *Buffer) { b.Int(CalDAV("max-resource-size"), 1<<20) }, `<C:max-resource-size>1048576</C:max-resource-size>`},
		{"creation date", func(b *Buffer) { b.Time(DAV("creationdate"), at) }, `<D:creationdate>2026-03-01T11:30:00Z</D:creationdate>`},
		{"last change", func(b *Buffer) { b.HTTPDate(DAV("getlastmodified"), at) },
			`<D:getlastmodified>Sun, 01 Mar 2026 11:30:00 GMT</D:getlastmodified>`},
		{"entity tag", func(b *Buffer) { b.ETag("abc") }, `<D:getetag>"abc"</D:getetag>`},
		{"status of a resource", func(b *Buffer) { b.StatusResponse("/a", 404, Name{}, "") },
			"<D:response><D:href>/a</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>\n"},
		{"status with reasons", func(b *Buffer) { b.StatusResponse("/a", 507, DAV("number-of-matches-within-limits"), "too <many>") },
			"<D:response><D:href>/a</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>" +
				"<D:error><D:number-of-matches-within-limits/></D:error>" +
				"<D:responsedescription>too &lt;many&gt;</D:responsedescription></D:response>\n"},
		{"all found", func(b *Buffer) {
			b.StartProps()
			b.ETag("1")
			b.EndProps()
		}, `<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`},
		{"none asked", func(b *Buffer) {
			b.StartProps()
			b.EndProps()
		}, `<D:propstat><D:prop></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`},
		{"none found", func(b *Buffer) {
			b.StartProps()
			b.Absent(DAV("a"), 404)
			b.Absent(Name{"u", "b"}, 404)
			b.EndProps()
		}, `<D:propstat><D:prop><D:a/><X:b xmlns:X="u"/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`},
		{"several statuses", func(b *Buffer) {
			b.StartProps()
			b.Absent(DAV("a"), 404)
			b.ETag("1")
			b.AbsentError(DAV("b"), 403, DAV("cannot-modify-protected-property"), "b is protected")
			b.Absent(DAV("c"), 404)
			b.EndProps()
		}, `<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>` +
			`<D:propstat><D:prop><D:a/><D:c/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>` +
			`<D:propstat><D:prop><D:b/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>` +
			`<D:error><D:cannot-modify-protected-property/></D:error>` +
			`<D:responsedescription>b is protected</D:responsedescription></D:propstat>`},
		{"groups do not outlive their response", func(b *Buffer) {
			for range 2 {
				b.StartProps()
				b.Absent(DAV("a"), 404)
				b.EndProps()
			}
		}, strings.Repeat(`<D:propstat><D:prop><D:a/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`, 2)},
		{"unknown status", func(b *Buffer) { b.Status(599) }, `<D:status>HTTP/1.1 599 Status</D:status>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b Buffer
			test.write(&b)
			if got := string(b.B); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			whole := Buffer{}
			whole.StartMultistatus()
			test.write(&whole)
			whole.EndMultistatus()
			if err := wellFormed(whole.B); err != nil {
				t.Errorf("in a multistatus: %v", err)
			}
		})
	}
}

// wellFormed says what is wrong with a document.
func wellFormed(doc []byte) error {
	if _, err := ReadXML(bytes.NewReader(doc), XMLLimits{MaxBytes: 1 << 30, MaxNodes: 1 << 30}); err != nil {
		return err
	}
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := dec.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestBufferAllocations holds that a response costs no memory of its own.
func TestBufferAllocations(t *testing.T) {
	b := Buffer{B: make([]byte, 0, 1<<16)}
	other := Name{"urn:other", "thing"}
	got := testing.AllocsPerRun(100, func() {
		b.B = b.B[:0]
		b.StartResponse("/dav/calendars/user/ann/Default/1.ics")
		b.StartProps()
		b.ETag("0123456789abcdef")
		b.Int(DAV("getcontentlength"), 1000)
		b.Absent(DAV("displayname"), 404)
		b.Absent(other, 404)
		b.EndProps()
		b.EndResponse()
	})
	if got > 0 {
		t.Errorf("a response takes %v allocations", got)
	}
}

// event is an object of about 1 KB.
var event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Client 1.0//EN\r\nBEGIN:VEVENT\r\n" +
	"UID:0123456789abcdef@example.com\r\nDTSTAMP:20260101T120000Z\r\nDTSTART;TZID=Europe/Berlin:20260301T120000\r\n" +
	"DTEND;TZID=Europe/Berlin:20260301T130000\r\nSUMMARY:Lunch with the people of research & development\r\n" +
	"ORGANIZER;CN=Ann Example:mailto:ann@example.com\r\n" +
	strings.Repeat("ATTENDEE;CN=Bob Example;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:b\r\n ob@example.com\r\n", 5) +
	"DESCRIPTION:" + strings.Repeat("Bring something along. ", 10) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func BenchmarkText(b *testing.B) {
	german := strings.ReplaceAll(event, "something", "Käse für später")
	for _, test := range []struct{ name, text string }{{"ascii", event}, {"german", german}, {"japanese", strings.Repeat("予定表の同期", 57)}} {
		b.Run("100 objects/"+test.name, func(b *testing.B) {
			buf := Buffer{}
			text := []byte(test.text)
			b.SetBytes(int64(100 * len(text)))
			b.ReportAllocs()
			for b.Loop() {
				buf.B = buf.B[:0]
				for range 100 {
					buf.TextBytes(text)
				}
			}
		})
	}
}

func BenchmarkMultistatus(b *testing.B) {
	const tag = "0123456789abcdef0123456789abcdef"
	asked := []Name{DAV("getetag"), DAV("getcontenttype"), DAV("getcontentlength"), DAV("displayname")}
	b.Run("1000 resources", func(b *testing.B) {
		buf := Buffer{}
		b.ReportAllocs()
		for b.Loop() {
			buf.B = buf.B[:0]
			buf.StartMultistatus()
			for range 1000 {
				buf.StartResponse("/dav/calendars/user/ann/Default/0123456789abcdef.ics")
				buf.StartProps()
				buf.ETag(tag)
				buf.Elem(asked[1], "text/calendar; charset=utf-8; component=VEVENT")
				buf.Int(asked[2], 1000)
				buf.Absent(asked[3], 404)
				buf.EndProps()
				buf.EndResponse()
			}
			buf.EndMultistatus()
		}
	})
}
