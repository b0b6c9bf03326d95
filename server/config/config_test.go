package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func load(t *testing.T, file string, environ []string, flags ...Flag) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "convene.toml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Sources{File: path, Environ: environ, Flags: flags})
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		name, file string
		environ    []string
		flags      []Flag
		want       []string // parts of the message
	}{
		{"unknown key", "listen = \":1\"\n\n[http]\nread_timeuot = \"1s\"\n", nil, nil,
			[]string{"convene.toml line 4", "http.read_timeuot", "http.read_timeout"}},
		{"unknown section", "[htpp]\nread_timeout = \"1s\"\n", nil, nil, []string{"line 2", "htpp.read_timeout", "http, "}},
		{"empty unknown section", "\n[htpp]\n", nil, nil, nil}, // harmless: it holds nothing
		{"unknown top key", "lisen = \":1\"\n", nil, nil, []string{"line 1", "lisen", "listen"}},
		{"dotted key", "http.body_size = \"huge\"", nil, nil, []string{"line 1", "http.body_size", `"huge"`, "512KB"}},
		{"inline table", "http = { body_size = \"1MB\",\n read_timeout = \"-1s\" }", nil, nil, []string{"line 2", "http.read_timeout", "30s, 5m"}},
		{"two mistakes", "listen = \"here\"\n[log]\nlevel = \"loud\"\n", nil, nil,
			[]string{"line 1", "127.0.0.1:8080", "line 3", "one of debug, info, warn, error"}},
		{"syntax", "listen = \n", nil, nil, []string{"convene.toml line 1"}},
		{"doubled key", "listen = \":1\"\nlisten = \":2\"\n", nil, nil, []string{"convene.toml line 2"}},
		{"wrong type", "listen = 8080", nil, nil, []string{"line 1", "listen", "needs a string, not a whole number"}},
		{"wrong list", "[http]\ntrusted_proxies = \"10.0.0.1\"", nil, nil, []string{"line 2", "needs a list of strings, not a string"}},
		{"list of numbers", "[metrics]\nallow = [1]", nil, nil, []string{"line 2", "metrics.allow", "needs a list of strings"}},
		{"number as text", "[auth]\nfree_failures = \"5\"", nil, nil, []string{"line 2", "needs a whole number, not a string"}},
		{"out of range", "[auth]\nfree_failures = 0", nil, nil, []string{"line 2", "a whole number from 1 to 1000"}},
		{"text for true", "[sharing]\nlist_granted = \"true\"", nil, nil, []string{"line 2", "needs true or false, not a string"}},
		{"true by another word", "", []string{"CONVENE_SHARING_LIST_GRANTED=yes"}, nil, []string{"SHARING_LIST_GRANTED", "true or false"}},
		{"true", "[sharing]\nlist_granted = true", []string{"CONVENE_SHARING_LIST_GRANTED=false"}, nil, nil},
		{"network", "[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"proxy\"]", nil, nil, []string{"line 2", "addresses or networks"}},
		{"list value", "[home]\ncreate = [\"Default\", \"Trash\"]", nil, nil, []string{"line 2", "one of Default, Inbox"}},
		{"environment", "", []string{"CONVENE_LOG_LEVEL=loud"}, nil, []string{"environment variable CONVENE_LOG_LEVEL", "log.level", "one of debug"}},
		{"flag", "", nil, []Flag{{"--set", "nothing.here", "1"}}, []string{"--set", "nothing.here", "no such section"}},
		{"certificate without key", "[tls]\ncert = \"a.pem\"", nil, nil, []string{"line 2", "tls.cert", "both or none"}},
		{"zone", "timezone = \"Mars/Olympus\"", nil, nil, []string{"line 1", "timezone", "Europe/Berlin"}},
		{"local domain", "[scheduling]\ndomains = [\"example.com\", \"ann@example.com\"]", nil, nil, []string{"line 2", "scheduling.domains", "domains such as"}},
		{"no time at all", "[scheduling]\nrefresh_delay = \"0s\"", nil, nil, []string{"line 2", "scheduling.refresh_delay", "30s"}},
		{"secret in no message", "[database]\nurl = 5", []string{"CONVENE_DATABASE_URL=postgres://u:topsecret@h/d"}, nil, []string{"line 2"}},
	} {
		_, err := load(t, c.file, c.environ, c.flags...)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		var mistake *Error
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v is no *Error", c.name, err)
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q lacks %q", c.name, err, part)
			}
		}
		if strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: %q tells a secret", c.name, err)
		}
	}
}

func TestOrderOfSources(t *testing.T) {
	file := "listen = \":1\"\ndata = \"file\"\ndomain = \"file.example\"\n[database]\nkeep_deleted = \"36h\"\n"
	c, err := load(t, file, []string{"CONVENE_DATA=env", "CONVENE_DOMAIN=env.example", "CONVENE_UNKNOWN=1",
		"CONVENE_HTTP_TRUSTED_PROXIES=10.0.0.1, 192.168.0.0/16"}, Flag{"--domain", "domain", "flag.example"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{string(c.Listen), c.Data, c.Domain, c.Database.KeepDeleted.String(), c.HTTP.IdleTimeout.String(), c.HTTP.TrustedProxies[1].String()}
	want := []string{":1", "env", "flag.example", "36h0m0s", "3m0s", "192.168.0.0/16"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("value %d: got %q, want %q", i, got[i], want[i])
		}
	}
	for key, part := range map[string]string{"listen": "line 1", "data": "environment variable CONVENE_DATA", "domain": "--domain", "http.idle_timeout": "default"} {
		if o := c.Origin(key); !strings.Contains(o, part) {
			t.Errorf("Origin(%s) = %q, want %q", key, o, part)
		}
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := Load(Sources{File: filepath.Join(t.TempDir(), "none.toml")}); err == nil || !strings.Contains(err.Error(), "none.toml: no such file") {
		t.Errorf("got %v", err)
	}
}

// What is printed can be loaded again, and the secrets are not in it.
func TestEffectiveLoads(t *testing.T) {
	c, err := load(t, "[mail]\nserver=\"m:587\"\nfrom='a\"b\\c@example.com'\npassword=\"topsecret\"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.WriteEffective(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "topsecret") || !strings.Contains(b.String(), masked) {
		t.Errorf("the secret is not masked:\n%s", b.String())
	}
	again, err := load(t, b.String(), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	for i, k := range c.keys() {
		if other := again.keys()[i]; !k.secret && k.toml() != other.toml() {
			t.Errorf("%s: got %s, want %s", k.name, other.toml(), k.toml())
		}
	}
}

// The domains whose addresses are looked for here alone follow from the domain of the accounts, unless they are given.
func TestLocalDomains(t *testing.T) {
	for _, c := range []struct {
		name, file string
		environ    []string
		want       []string
	}{
		{"none", "", nil, nil},
		{"that of the accounts", "domain = \"Example.com\"", nil, []string{"example.com"}},
		{"others", "domain = \"example.com\"\n[scheduling]\ndomains = [\"a.example\", \"B.example\"]", nil, []string{"a.example", "b.example"}},
		{"explicitly none", "domain = \"example.com\"\n[scheduling]\ndomains = []", nil, nil},
		{"none by the environment", "domain = \"example.com\"", []string{"CONVENE_SCHEDULING_DOMAINS="}, nil},
		{"by the environment", "", []string{"CONVENE_SCHEDULING_DOMAINS=a.example, b.example"}, []string{"a.example", "b.example"}},
	} {
		got, err := load(t, c.file, c.environ)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(got.Scheduling.Domains, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got.Scheduling.Domains, c.want)
		}
	}
}

// Every key is in the reference, documented, and the reference with its comment signs removed is a valid file.
func TestReference(t *testing.T) {
	var b strings.Builder
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range Default().keys() {
		if strings.Count(b.String(), "# Environment: "+k.env()+"\n") != 1 {
			t.Errorf("%s is not in the reference once", k.name)
		}
	}
	before := ""
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "# Environment") && !strings.HasPrefix(before, "# ") {
			t.Errorf("no comment above %q", line)
		}
		before = line
	}
	var file strings.Builder
	for line := range strings.Lines(b.String()) {
		if len(line) > 1 && line[0] == '#' && line[1] != ' ' {
			line = line[1:]
		}
		file.WriteString(line)
	}
	if _, err := load(t, file.String(), nil); err != nil {
		t.Errorf("the reference does not load: %v", err)
	}
}

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		out  string
	}{
		{"30s", 30 * time.Second, "30s"}, {"60s", time.Minute, "1m"}, {"1h", time.Hour, "1h"}, {"90m", 90 * time.Minute, "1h30m"},
		{"2d", 48 * time.Hour, "2d"}, {"24h", 24 * time.Hour, "1d"}, {"10m10s", 610 * time.Second, "10m10s"}, {"1h0m5s", time.Hour + 5*time.Second, "1h0m5s"},
		{"500ms", 500 * time.Millisecond, "500ms"},
	} {
		got, err := ParseDuration(c.in)
		if err != nil || got != c.want || formatDuration(got) != c.out {
			t.Errorf("%s: got %v %v %s", c.in, got, err, formatDuration(got))
		}
	}
	for _, in := range []string{"", "0s", "-5s", "5", "d", "1.5d", "99999999d", "-1d"} {
		if d, err := ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, d)
		}
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]Size{"1": 1, "1B": 1, "2kb": 2048, "3 MB": 3 << 20, "1GB": 1 << 30, "1536": 1536} {
		var got Size
		if err := got.UnmarshalText([]byte(in)); err != nil || got != want {
			t.Errorf("%s: got %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "0", "-1", "MB", "1.5MB", "99999999999GB", "1TB"} {
		var got Size
		if err := got.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}
