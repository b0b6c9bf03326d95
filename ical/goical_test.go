package ical

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	goical "github.com/emersion/go-ical"
)

// notValid names the files that go-ical takes too, but in another sense: parameter values with a colon and no quotes.
var notValid = map[string]bool{"unquoted-mailto-param.ics": true, "unquoted-uri-tzid.ics": true}

// TestGoICal compares Parse with the decoder of go-ical on all valid data at hand.
func TestGoICal(t *testing.T) {
	compareGoICal(t, "event1K", event1K)
	compareGoICal(t, "event8K", event8K)
	files, err := filepath.Glob("testdata/corpus/*/*.ics")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if notValid[filepath.Base(file)] {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		compareGoICal(t, file, raw)
	}
}

// compareGoICal fails t if go-ical reads something else in raw. What go-ical refuses or fails at is left out.
func compareGoICal(t *testing.T, name string, raw []byte) {
	t.Helper()
	defer func() {
		if bug := recover(); bug != nil {
			t.Logf("%s: go-ical panics: %v", name, bug)
		}
	}()
	want, err := goical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		t.Logf("%s: go-ical: %v", name, err)
		return
	}
	got, err := Parse(raw, Limits{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	compareComponent(t, name, got, want.Component)
}

func compareComponent(t *testing.T, where string, got *Component, want *goical.Component) {
	t.Helper()
	where += "/" + got.Name
	if got.Name != want.Name || len(got.Children) != len(want.Children) {
		t.Errorf("%s: %d children, want %s with %d", where, len(got.Children), want.Name, len(want.Children))
		return
	}
	props := map[string][]goical.Prop{}
	for _, p := range got.Props {
		params := goical.Params{}
		for _, param := range p.Params {
			params[param.Name] = append(params[param.Name], param.Values...)
		}
		props[p.Name] = append(props[p.Name], goical.Prop{Name: p.Name, Params: params, Value: p.Value})
	}
	wantProps := map[string][]goical.Prop{}
	for name, list := range want.Props {
		for _, p := range list {
			params := goical.Params{}
			for param, values := range p.Params {
				for _, value := range values {
					params[param] = append(params[param], decodeParam(value)) // go-ical does not know RFC 6868
				}
			}
			wantProps[name] = append(wantProps[name], goical.Prop{Name: p.Name, Params: params, Value: p.Value})
		}
	}
	for name := range wantProps {
		if !reflect.DeepEqual(props[name], wantProps[name]) {
			t.Errorf("%s: got  %q\nwant %q", where, props[name], wantProps[name])
		}
	}
	if len(props) != len(wantProps) {
		t.Errorf("%s: %d names, want %d", where, len(props), len(wantProps))
	}
	for i := range got.Children {
		compareComponent(t, where, got.Children[i], want.Children[i])
	}
}

// BenchmarkGoICal is what go-ical takes for what BenchmarkParse parses.
func BenchmarkGoICal(b *testing.B) {
	for _, raw := range [][]byte{event1K, event8K} {
		b.Run(strconv.Itoa(len(raw)), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := goical.NewDecoder(bytes.NewReader(raw)).Decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
