package dav

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

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
