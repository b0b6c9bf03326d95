package ical

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// corpus is what is to be known of each file of testdata/corpus, from expect.tsv there.
func corpus(t testing.TB) []corpusFile {
	t.Helper()
	table, err := os.ReadFile("testdata/corpus/expect.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var files []corpusFile
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			t.Fatalf("expect.tsv: %q", line)
		}
		parts, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join("testdata/corpus", fields[0]))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, corpusFile{name: fields[0], component: fields[1], parts: parts, uid: fields[3], raw: raw})
	}
	return files
}

// corpusFile is an object as a client writes it, and what ParseObject is to find in it.
type corpusFile struct {
	name, component, uid string
	parts                int
	raw                  []byte
}

func TestCorpus(t *testing.T) {
	files := corpus(t)
	if len(files) < 320 {
		t.Errorf("%d files", len(files))
	}
	listed := map[string]bool{}
	for _, file := range files {
		listed[filepath.Join("testdata/corpus", file.name)] = true
		t.Run(file.name, func(t *testing.T) {
			o, err := ParseObject(file.raw, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if o.UID != file.uid || o.Component != file.component || len(o.Parts) != file.parts {
				t.Errorf("got %q %s %d, want %q %s %d", o.UID, o.Component, len(o.Parts), file.uid, file.component, file.parts)
			}
			checkTree(t, file.raw, o.Calendar)
			checkSplit(t, file.raw, o)
			checkInstances(t, o)
		})
	}
	found, err := filepath.Glob("testdata/corpus/*/*.ics")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if !listed[name] {
			t.Errorf("%s is not in expect.tsv", name)
		}
	}
}

// checkInstances fails t unless o can be indexed and the instances of an event lie where its index says.
func checkInstances(t *testing.T, o *Object) {
	t.Helper()
	berlin, _ := ZoneByName("Europe/Berlin")
	now := time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)
	index, err := o.Index(now, berlin, nil)
	if err != nil {
		t.Fatal(err)
	}
	year := Range{now.AddDate(0, -6, 0), now.AddDate(0, 6, 0)}
	instances, err := o.Instances(t.Context(), year, berlin, ExpandLimits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, instance := range instances {
		if o.Component != "VEVENT" { // tasks and journals take place by tables of their own
			break
		}
		inIndex := slices.ContainsFunc(index.Occurs, func(r Range) bool {
			return !r.Start.After(instance.Start) && (r.End.IsZero() || r.End.After(instance.Start))
		})
		if !inIndex || instance.End.Before(instance.Start) || instance.Part == nil {
			t.Errorf("instance %s to %s is not in the index", instance.Start, instance.End)
		}
	}
}

// TestCorpusAsOne writes the whole corpus as one calendar and takes that apart again.
func TestCorpusAsOne(t *testing.T) {
	var out bytes.Buffer
	e := NewExporter(&out, "corpus")
	files := corpus(t)
	for _, file := range files {
		if err := e.Add(file.raw); err != nil {
			t.Fatalf("%s: %v", file.name, err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	objects, refused, err := Split(out.Bytes(), Limits{})
	if err != nil || len(refused) > 0 || len(objects) != len(files) {
		t.Fatalf("%d objects of %d, refused %v, %v", len(objects), len(files), refused, err)
	}
	for i, object := range objects {
		if object.UID != files[i].uid {
			t.Errorf("object %d is %q, want %q", i, object.UID, files[i].uid)
		}
	}
}
