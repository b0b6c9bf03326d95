package dav

import (
	"fmt"
	"strings"
	"testing"
)

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
