package ical

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{"plain", "plain"},
		{`a\nb\Nc`, "a\nb\nc"},
		{`a\, b\; c\\n`, `a, b; c\n`},
		{`10\:30 \"now\"`, `10:30 "now"`},
		{`\x \`, `\x \`},
	} {
		p := Property{Value: test.value}
		if got := p.Text(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.value, got, test.want)
		}
	}
	for _, text := range []string{"", "a, b; c\\d\ne", `\n`, "\\\\", "emoji 🎉, ok"} {
		if got := UnescapeText(EscapeText(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	p := Property{Value: `a,b\,c,,d\\,e\`}
	if got, want := p.TextList(), []string{"a", "b,c", "", `d\`, `e\`}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendLine(t *testing.T) {
	for _, test := range []struct {
		name   string
		params []Param
		value  string
		want   string
	}{
		{"SUMMARY", nil, "short", "SUMMARY:short\r\n"},
		{"SUMMARY", nil, strings.Repeat("x", 67), "SUMMARY:" + strings.Repeat("x", 67) + "\r\n"},
		{"SUMMARY", nil, strings.Repeat("x", 68), "SUMMARY:" + strings.Repeat("x", 67) + "\r\n x\r\n"},
		{"SUMMARY", nil, strings.Repeat("x", 66) + "é", "SUMMARY:" + strings.Repeat("x", 66) + "\r\n é\r\n"},
		{"SUMMARY", nil, strings.Repeat("x", 67+74+1), "SUMMARY:" + strings.Repeat("x", 67) + "\r\n " + strings.Repeat("x", 74) + "\r\n x\r\n"},
		{"ATTENDEE", []Param{{"CN", []string{"Doe, \"J\" ^\nx"}}, {"MEMBER", []string{"mailto:a", "b"}}, {"X", nil}}, "mailto:c",
			"ATTENDEE;CN=\"Doe, ^'J^' ^^^nx\";MEMBER=\"mailto:a\",b;X:mailto:c\r\n"},
		{"X", nil, "one\r\nEND:VEVENT\rtwo\nthree", "X:one\\nEND:VEVENT\\ntwo\\nthree\r\n"},
	} {
		if got := string(AppendLine(nil, test.name, test.params, test.value)); got != test.want {
			t.Errorf("got  %q\nwant %q", got, test.want)
		}
	}
}

// TestAppendLineParses: what AppendLine writes, Parse reads.
func TestAppendLineParses(t *testing.T) {
	for _, value := range []string{"", "a", strings.Repeat("é🎉\t x", 60), strings.Repeat("\u200f", 50), "a;b:c,\"d\"^"} {
		params := []Param{{"X-A", []string{value, "2nd"}}, {"X-B", []string{""}}}
		line := AppendLine(nil, "X-TEST", params, value)
		for physical := range strings.SplitSeq(string(line), "\r\n") {
			if len(physical) > foldAt || !utf8.ValidString(physical) {
				t.Errorf("folded to %q", physical)
			}
		}
		root, err := Parse(event(strings.TrimSuffix(string(line), "\r\n")), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := root.Children[0].Props[0]
		if got.Value != value || !reflect.DeepEqual(got.Params, params) {
			t.Errorf("%q: got %+v", value, got)
		}
	}
}
