package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// readable says what a file looks like in XML, which cannot hold a character with a fold inside: it is the same, or, with such
// folds, has the same content lines.
func readable(got, data string) bool {
	if utf8.ValidString(data) {
		return got == data
	}
	return slices.Equal(lines(got), lines(data)) && utf8.ValidString(got)
}

// lines returns the unfolded content lines of a file, without its byte order mark and line breaks.
func lines(data string) []string {
	data = strings.TrimPrefix(data, "\ufeff")
	data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
	data = strings.NewReplacer("\n ", "", "\n\t", "").Replace(data)
	all := strings.Split(data, "\n")
	return slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// components returns the components directly below VCALENDAR, unfolded, VTIMEZONEs left out.
func components(data string) []string {
	var found []string
	var part []string
	depth := 0
	for _, line := range lines(data) {
		word := strings.ToUpper(strings.TrimSpace(line))
		begins, ends := strings.HasPrefix(word, "BEGIN:"), strings.HasPrefix(word, "END:")
		if begins {
			depth++
		}
		if depth >= 2 {
			part = append(part, line)
		}
		if ends {
			depth--
		}
		if ends && depth == 1 {
			if !strings.EqualFold(strings.TrimSpace(part[0]), "BEGIN:VTIMEZONE") {
				found = append(found, strings.Join(part, "\n"))
			}
			part = nil
		}
	}
	return found
}

// zones counts the VTIMEZONEs of a file by TZID.
func zones(data string) map[string]int {
	found := map[string]int{}
	inside := false
	for _, line := range lines(data) {
		switch {
		case line == "BEGIN:VTIMEZONE" || line == "END:VTIMEZONE":
			inside = line == "BEGIN:VTIMEZONE"
		case inside && strings.HasPrefix(line, "TZID:"):
			found[line]++
		}
	}
	return found
}

// kindOf returns a component's name in upper case.
func kindOf(component string) string {
	_, kind, _ := strings.Cut(lines(component)[0], ":")
	return strings.ToUpper(strings.TrimSpace(kind))
}

// property returns the TEXT value of a component's own first property of that name, without blanks around it.
func property(component, name string) string {
	depth := 0
	for _, line := range lines(component) {
		end := max(0, strings.IndexAny(line, ":;"))
		switch word := strings.ToUpper(line[:end]); {
		case word == "BEGIN":
			depth++
		case word == "END":
			depth--
		case depth == 1 && word == name:
			_, value, _ := strings.Cut(line, ":")
			return strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";").Replace(strings.TrimSpace(value))
		}
	}
	return ""
}
