package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// minMajor is the oldest major version that will do: it has multiranges.
const minMajor = 14

// binaries are the programs of one PostgreSQL.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// places are the folders where distributions put the programs, as patterns.
var places = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // PostgreSQL's own packages for Red Hat
	"/usr/local/pgsql/bin",      // built from source
	"/opt/homebrew/opt/postgresql@*/bin",
}

// findBinaries returns the PostgreSQL to use: in dir if that is given, else in $CONVENE_PG_BIN, else the newest of
// those in PATH and the usual places. With version, only that major version will do, for the cluster was made by it.
func findBinaries(dir, version string) (binaries, error) {
	if dir == "" {
		dir = os.Getenv("CONVENE_PG_BIN")
	}
	var found []binaries
	for _, d := range candidates(dir) {
		if major := majorVersion(d); major > 0 {
			found = append(found, binaries{d, major})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].major > found[j].major })
	for _, b := range found {
		if version == "" && b.major >= minMajor || version == strconv.Itoa(b.major) {
			return b, nil
		}
	}
	return binaries{}, notFound(dir, version, found)
}

func candidates(dir string) []string {
	if dir != "" {
		return []string{dir}
	}
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range places {
		match, _ := filepath.Glob(pattern) // fails only on a bad pattern
		dirs = append(dirs, match...)
	}
	return dirs
}

// majorVersion asks the postgres in dir; 0 if there is none, or no initdb beside it.
func majorVersion(dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output() // "postgres (PostgreSQL) 15.18 (Debian ...)"
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(out), ") ")
	digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(rest)
	}
	n, err := strconv.Atoi(rest[:digits])
	if err != nil {
		return 0
	}
	return n
}

func notFound(dir, version string, found []binaries) error {
	where := "in PATH and the usual places"
	if dir != "" {
		where = "in " + dir
	}
	if version == "" {
		return fmt.Errorf("PostgreSQL %d or newer was not found %s: install the server (on Debian and Ubuntu: apt install postgresql), "+
			"set CONVENE_PG_BIN to the folder of initdb and postgres, or set database.url", minMajor, where)
	}
	var have []string
	for _, b := range found {
		have = append(have, strconv.Itoa(b.major))
	}
	return fmt.Errorf("the database was made by PostgreSQL %s, which was not found %s (found: %s): install that version, or dump with it "+
		"(pg_dump) and restore into an empty folder", version, where, or(strings.Join(have, ", "), "none"))
}
