package caldav

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// canonicalAll writes XML without prefixes and with sorted attributes, so that two documents that mean the same are the same. It is
// made with encoding/xml, which knows nothing of package dav.
func canonicalAll(t testing.TB, doc string) string {
	t.Helper()
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attrs := []string{}
			for _, a := range token.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					attrs = append(attrs, fmt.Sprintf(" {%s}%s=%q", a.Name.Space, a.Name.Local, a.Value))
				}
			}
			slices.Sort(attrs)
			fmt.Fprintf(&out, "<{%s}%s%s>", token.Name.Space, token.Name.Local, strings.Join(attrs, ""))
		case xml.EndElement:
			out.WriteString("</>")
		case xml.CharData:
			out.Write(token)
		}
	}
}

// canonical is canonicalAll for what is inside the first DAV:prop.
func canonical(t testing.TB, doc string) string {
	t.Helper()
	all := canonicalAll(t, doc)
	_, inside, ok := strings.Cut(all, "<{DAV:}prop>")
	if !ok {
		t.Fatalf("no DAV:prop in\n%s", doc)
	}
	depth := 1
	for i := range inside {
		switch {
		case strings.HasPrefix(inside[i:], "</>"):
			if depth--; depth == 0 {
				return inside[:i]
			}
		case strings.HasPrefix(inside[i:], "<{"):
			depth++
		}
	}
	t.Fatalf("DAV:prop does not end in\n%s", doc)
	return ""
}

// canonicalName is the first property inside the first DAV:prop as an empty element.
func canonicalName(t testing.TB, doc string) string {
	t.Helper()
	name := strings.TrimPrefix(canonical(t, doc), "<{")
	space, rest, _ := strings.Cut(name, "}")
	local := rest[:strings.IndexAny(rest, " >")]
	return fmt.Sprintf("<%s xmlns='%s'/>", local, space)
}
