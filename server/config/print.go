package config

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"reflect"
	"strings"
)

//go:embed config.go
var source string

const masked = "********"

// WriteEffective prints the configuration in force as a TOML file, secrets masked, each key with where it came from.
func (c *Config) WriteEffective(w io.Writer) error {
	var b strings.Builder
	section := ""
	for _, k := range c.keys() {
		name := k.name
		if i := strings.IndexByte(name, '.'); i >= 0 {
			if name[:i] != section {
				section = name[:i]
				fmt.Fprintf(&b, "\n[%s]\n", section)
			}
			name = name[i+1:]
		}
		value := k.toml()
		if k.secret && value != `""` {
			value = tomlString(masked)
		}
		fmt.Fprintf(&b, "%-48s # %s\n", name+" = "+value, c.Origin(k.name))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteReference prints the documented configuration file: every key, commented out, with its default.
func WriteReference(w io.Writer) error {
	docs, err := fieldDocs()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("# The configuration of convene, with the defaults. All of it can be left out.\n#\n")
	comment(&b, docs["Config"])
	writeStruct(&b, docs, "", reflect.ValueOf(Default()).Elem())
	_, err = io.WriteString(w, b.String())
	return err
}

func writeStruct(b *strings.Builder, docs map[string]string, prefix string, v reflect.Value) {
	for _, k := range appendKeys(nil, prefix, v) {
		if strings.Count(k.name, ".") != strings.Count(prefix, ".") {
			continue // a section's; follows below
		}
		b.WriteByte('\n')
		comment(b, docs[v.Type().Name()+"."+strings.TrimPrefix(k.name, prefix)])
		if k.allow != nil {
			comment(b, "Allowed: "+strings.Join(k.allow, ", ")+".")
		}
		if k.max > 0 {
			comment(b, fmt.Sprintf("Allowed: %d to %d.", k.min, k.max))
		}
		fmt.Fprintf(b, "# Environment: %s\n#%s = %s\n", k.env(), strings.TrimPrefix(k.name, prefix), k.toml())
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := f.Tag.Get("toml"); name != "" && f.Type.Kind() == reflect.Struct {
			b.WriteByte('\n')
			comment(b, docs[f.Type.Name()])
			fmt.Fprintf(b, "[%s]\n", name)
			writeStruct(b, docs, prefix+name+".", v.Field(i))
		}
	}
}

func comment(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("# "+strings.TrimSpace(line), " ") + "\n")
	}
}

// fieldDocs reads the comments of this package's structs: "HTTP" and "HTTP.read_timeout" to the text.
func fieldDocs() (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	docs := map[string]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		t := g.Specs[0].(*ast.TypeSpec)
		// "HTTP holds timeouts …" reads better without the type's name as the start of a sentence.
		docs[t.Name.Name] = upperFirst(strings.TrimPrefix(g.Doc.Text(), t.Name.Name+" "))
		s, ok := t.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range s.Fields.List {
			if f.Tag != nil {
				tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
				docs[t.Name.Name+"."+tag.Get("toml")] = f.Doc.Text()
			}
		}
	}
	return docs, nil
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
