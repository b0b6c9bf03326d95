package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"convene/ical"
)

// SystemFile is read when no file is named and it exists.
const SystemFile = "/etc/convene/convene.toml"

// Flag is a value from the command line.
type Flag struct {
	Name  string // as typed, for messages: "--listen"
	Key   string // "listen"
	Value string
}

// Sources say what a configuration is made of.
type Sources struct {
	File    string   // "" for SystemFile, if that exists
	Environ []string // as os.Environ gives it
	Flags   []Flag   // over all others
}

// Error is a mistake in the configuration that a person has to mend.
type Error struct {
	Where  string // "convene.toml line 3", "environment variable CONVENE_LISTEN", "--listen"
	Key    string // "" if the fault is not one key's
	Detail string
}

func (e *Error) Error() string {
	if e.Key == "" {
		return e.Where + ": " + e.Detail
	}
	return e.Where + ": " + e.Key + ": " + e.Detail
}

// key is one setting: a leaf of Config.
type key struct {
	name     string // dotted, "http.read_timeout"
	value    reflect.Value
	def      string // default, as text
	allow    []string
	min, max int
	secret   bool
}

func (k *key) env() string {
	return "CONVENE_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// keys lists the settings of c in order of the struct.
func (c *Config) keys() []*key {
	return appendKeys(nil, "", reflect.ValueOf(c).Elem())
}

func appendKeys(keys []*key, prefix string, v reflect.Value) []*key {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("toml")
		switch {
		case name == "":
			continue
		case f.Type.Kind() == reflect.Struct:
			keys = appendKeys(keys, prefix+name+".", v.Field(i))
			continue
		}
		k := &key{name: prefix + name, value: v.Field(i), def: f.Tag.Get("default"), secret: f.Tag.Get("secret") == "true"}
		k.min, _ = strconv.Atoi(f.Tag.Get("min")) // absent: 0
		k.max, _ = strconv.Atoi(f.Tag.Get("max"))
		if a := f.Tag.Get("allow"); a != "" {
			k.allow = strings.Split(a, ",")
		}
		keys = append(keys, k)
	}
	return keys
}

// Default returns the configuration in force when nothing is set.
func Default() *Config {
	c := &Config{origin: map[string]string{}}
	for _, k := range c.keys() {
		if k.def == "" {
			continue
		}
		if err := k.set(k.def); err != nil {
			panic("config: default of " + k.name + ": " + err.Error())
		}
	}
	return c
}

// Load makes the configuration from its sources. Mistakes are *Error, joined if there are several.
func Load(src Sources) (*Config, error) {
	c := Default()
	byName := map[string]*key{}
	for _, k := range c.keys() {
		byName[k.name] = k
	}
	var mistakes []error
	mistakes = append(mistakes, c.loadFile(src.File, byName)...)
	mistakes = append(mistakes, c.loadEnviron(src.Environ)...)
	for _, f := range src.Flags {
		mistakes = append(mistakes, c.assign(byName, f.Key, f.Value, f.Name)...)
	}
	if len(mistakes) == 0 {
		mistakes = c.check()
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	c.complete()
	return c, nil
}

// complete fills in what follows from other settings.
func (c *Config) complete() {
	if c.origin["scheduling.domains"] == "" && c.Domain != "" {
		c.Scheduling.Domains = []string{c.Domain}
	}
	for i, d := range c.Scheduling.Domains {
		c.Scheduling.Domains[i] = strings.ToLower(d)
	}
}

// assign sets a key by name.
func (c *Config) assign(byName map[string]*key, name, text, where string) []error {
	k := byName[name]
	if k == nil {
		return []error{&Error{where, name, unknownKey(name, byName)}}
	}
	if err := k.set(text); err != nil {
		shown := strconv.Quote(text)
		if k.secret {
			shown = "the value"
		}
		return []error{&Error{where, name, shown + " is not " + err.Error()}}
	}
	c.origin[name] = where
	return nil
}

func (c *Config) loadEnviron(environ []string) (mistakes []error) {
	for _, k := range c.keys() {
		for _, e := range environ {
			if text, ok := strings.CutPrefix(e, k.env()+"="); ok {
				mistakes = append(mistakes, c.assign(map[string]*key{k.name: k}, k.name, text, "environment variable "+k.env())...)
			}
		}
	}
	return mistakes
}

func (c *Config) loadFile(path string, byName map[string]*key) []error {
	optional := path == ""
	if optional {
		path = SystemFile
	}
	raw, err := os.ReadFile(path)
	switch {
	case optional && errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return []error{&Error{Where: path, Detail: errors.Unwrap(err).Error()}}
	}
	entries, err := parseTOML(raw)
	if err != nil {
		var syntax *toml.DecodeError
		if errors.As(err, &syntax) {
			line, _ := syntax.Position()
			path += " line " + strconv.Itoa(line)
		}
		return []error{&Error{Where: path, Detail: strings.TrimPrefix(err.Error(), "toml: ")}}
	}
	var mistakes []error
	for _, e := range entries {
		where := fmt.Sprintf("%s line %d", path, e.line)
		if k := byName[e.name]; k != nil && e.kind != "" && e.kind != k.tomlKind() {
			mistakes = append(mistakes, &Error{where, e.name, "needs " + k.tomlKind() + ", not " + e.kind})
			continue
		}
		mistakes = append(mistakes, c.assign(byName, e.name, e.text, where)...)
	}
	return mistakes
}

// entry is one key of a TOML file.
type entry struct {
	name, text string
	kind       string // "a string", "a list" …
	line       int
}

// parseTOML lists the keys of a TOML document in their order.
func parseTOML(raw []byte) ([]entry, error) {
	var tree map[string]any // the strict reading: syntax, doubled keys
	if err := toml.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	lines := keyLines(raw)
	var entries []entry
	var walk func(prefix string, table map[string]any)
	walk = func(prefix string, table map[string]any) {
		for name, v := range table {
			name = prefix + name
			if sub, ok := v.(map[string]any); ok {
				walk(name+".", sub)
				continue
			}
			text, kind := tomlText(v)
			entries = append(entries, entry{name, text, kind, lines[name]})
		}
	}
	walk("", tree)
	slices.SortFunc(entries, func(a, b entry) int { return a.line - b.line })
	return entries, nil
}

// keyLines finds the line of each key in a valid TOML document.
func keyLines(raw []byte) map[string]int {
	lines := map[string]int{}
	var p unstable.Parser
	p.Reset(raw)
	var table string
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		name, line := dotted(&p, e.Key())
		if e.Kind != unstable.KeyValue {
			table = name + "."
			lines[name] = line
			continue
		}
		noteLines(&p, lines, table+name, line, e.Value())
	}
	return lines
}

func noteLines(p *unstable.Parser, lines map[string]int, name string, line int, value *unstable.Node) {
	lines[name] = line
	if value.Kind != unstable.InlineTable {
		return
	}
	for it := value.Children(); it.Next(); {
		sub, at := dotted(p, it.Node().Key())
		noteLines(p, lines, name+"."+sub, at, it.Node().Value())
	}
}

func dotted(p *unstable.Parser, it unstable.Iterator) (name string, line int) {
	for it.Next() {
		if name != "" {
			name += "."
		}
		name += string(it.Node().Data)
		line = p.Shape(it.Node().Raw).Start.Line
	}
	return name, line
}

// tomlText turns a TOML value into the text that the environment would have for it.
func tomlText(v any) (text, kind string) {
	switch v := v.(type) {
	case string:
		return v, "a string"
	case int64:
		return strconv.FormatInt(v, 10), "a whole number"
	case bool:
		return strconv.FormatBool(v), "true or false"
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), "a fraction"
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", "a list of other things"
			}
			list[i] = s
		}
		return strings.Join(list, ","), "a list of strings"
	}
	return "", fmt.Sprintf("a date or time (%v)", v)
}

// tomlKind names the type of value that the key has in a file.
func (k *key) tomlKind() string {
	switch k.value.Interface().(type) {
	case int:
		return "a whole number"
	case bool:
		return "true or false"
	case []string, Networks:
		return "a list of strings"
	}
	return "a string"
}

// Location is the time zone of floating times.
func (c *Config) Location() *time.Location {
	loc, ok := ical.ZoneByName(string(c.Timezone))
	if !ok { // Zone accepts only names that are known
		return time.UTC
	}
	return loc
}
