package corpus

import (
	"slices"
	"strings"
)

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

// property returns the value of a component's own first property of that name.
func property(component, name string) string {
	depth := 0
	for _, line := range lines(component) {
		switch {
		case strings.HasPrefix(line, "BEGIN:"):
			depth++
		case strings.HasPrefix(line, "END:"):
			depth--
		case depth == 1 && (strings.HasPrefix(line, name+":") || strings.HasPrefix(line, name+";")):
			_, value, _ := strings.Cut(line, ":")
			return value
		}
	}
	return ""
}
