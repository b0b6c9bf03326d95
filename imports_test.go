package convene

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "convene/"

// rooms says which of our packages a package may import. A package that is not listed may not be there.
var rooms = []struct {
	pkg  string
	ours []string
}{
	{"acl", nil},
	{"ical", nil},
	{"migrations", nil},
	{"store", []string{"acl", "ical", "migrations"}},
	{"store/storetest", []string{"store", "server/postgres"}}, // tests only: a cluster of their own
	{"scheduling/itip", []string{"ical"}},
	{"scheduling/policy", []string{"ical"}},
	{"scheduling/freebusy", []string{"store", "acl", "ical"}},
	{"scheduling", []string{"scheduling/freebusy", "scheduling/policy", "scheduling/itip", "store", "acl", "ical"}},
	{"caldav/dav", nil},
	{"caldav", []string{"caldav/dav", "scheduling", "scheduling/freebusy", "scheduling/itip", "store", "acl", "ical"}},
	{"server/config", []string{"ical"}},
	{"server/postgres", nil},
	{"server/auth", []string{"store"}},
	{"server", []string{"server/config", "server/postgres", "server/auth", "caldav", "caldav/dav", "scheduling", "store", "ical"}},
	{"cmd/convene", []string{"server", "server/config", "server/postgres", "server/auth", "caldav", "scheduling", "scheduling/policy", "scheduling/itip", "store", "ical", "acl"}},
}

// forbidden are imports that have a price which showed only when it was measured.
var forbidden = []struct {
	importPath string
	except     []string // packages that may
	reason     string
}{
	{"github.com/emersion/go-ical", nil, "its decoder panics on some input and its encoder does not fold: the stored bytes are the truth"},
	{"github.com/teambition/rrule-go", nil, "its expansion is not bounded and reads zones and UNTIL wrongly: package ical has its own"},
	{"github.com/emersion/go-webdav", []string{"cmd/convene"}, "its server reads XML without bounds; its client is for doctor and tests"},
	{"github.com/emersion/go-webdav/caldav", []string{"cmd/convene"}, "its server reads XML without bounds; its client is for doctor and tests"},
	{"golang.org/x/net/webdav", nil, "it serves files only"},
	{"github.com/jackc/pgx/v5", []string{"store", "store/storetest", "server/postgres"}, "only the store speaks SQL"},
	{"github.com/jackc/pgx/v5/pgxpool", []string{"store", "store/storetest", "server/postgres"}, "only the store speaks SQL"},
	{"database/sql", []string{"store"}, "only the store speaks SQL (goose needs it)"},
	{"encoding/gob", nil, "nothing that is kept may depend on Go's types"},
	{"math/rand", nil, "math/rand/v2 for chance, crypto/rand for secrets"},
	{"io/ioutil", nil, "it is deprecated"},
	{"log", nil, "log/slog carries the request id and masks secrets"},
	{"unsafe", []string{"ical", "caldav/dav"}, "only the scanners of the hot path are worth it"},
	{"C", nil, "the binary is static"},
}

// TestImports holds the rooms apart: a package imports only those below it. Tests of a package may import anything.
func TestImports(t *testing.T) {
	known := map[string][]string{}
	for _, r := range rooms {
		known[r.pkg] = r.ours
	}
	for file, imports := range sources(t) {
		pkg := filepath.ToSlash(filepath.Dir(file))
		ours, listed := known[pkg]
		if !listed && !strings.HasPrefix(pkg, "test/") {
			t.Errorf("%s: package %s has no row in rooms", file, pkg)
			continue
		}
		for _, imp := range imports {
			if name, own := strings.CutPrefix(imp, module); own && listed && !slices.Contains(ours, name) {
				t.Errorf("%s: %s may not import %s", file, pkg, name)
			}
			for _, f := range forbidden {
				if imp == f.importPath && !slices.Contains(f.except, pkg) && listed {
					t.Errorf("%s: %s may not import %s: %s", file, pkg, imp, f.reason)
				}
			}
		}
	}
}

// sources are the Go files that are no tests, with what they import.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "data", "bin", "node_modules"}, d.Name())) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range file.Imports {
			value, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			found[name] = append(found[name], value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
