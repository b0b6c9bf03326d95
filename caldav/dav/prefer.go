package dav

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Prefer is what a client would like to get (RFC 7240, RFC 8144).
type Prefer struct {
	Minimal        bool // return=minimal, and the older Brief: t and return-minimal: leave out what is not needed
	Representation bool // return=representation: the new state in the answer to a change
	DepthNoRoot    bool // depth-noroot: members only, not the collection itself
	Strict         bool // handling=strict
	Lenient        bool // handling=lenient
	RespondAsync   bool // respond-async
	Wait           time.Duration
}

// maxPreferences bounds how many preferences of a request are looked at.
const maxPreferences = 32

// ParsePrefer returns the preferences in Prefer, Brief and the old form of Depth. What it does not know it passes over, as RFC 7240
// section 2 demands; of contradictory ones the first counts.
func ParsePrefer(h http.Header) Prefer {
	var p Prefer
	var seenReturn, seenHandling bool
	n := 0
	for _, line := range h["Prefer"] {
		for line != "" && n < maxPreferences {
			var name, value string
			name, value, line = nextPreference(line)
			n++
			switch {
			case name == "return" && !seenReturn:
				p.Minimal = value == "minimal"
				p.Representation = value == "representation"
				seenReturn = true
			case name == "return-minimal" && !seenReturn:
				p.Minimal, seenReturn = true, true
			case name == "return-representation" && !seenReturn:
				p.Representation, seenReturn = true, true
			case name == "handling" && !seenHandling:
				p.Strict = value == "strict"
				p.Lenient = value == "lenient"
				seenHandling = true
			case name == "depth-noroot":
				p.DepthNoRoot = true
			case name == "respond-async":
				p.RespondAsync = true
			case name == "wait" && p.Wait == 0:
				if s, err := strconv.ParseUint(value, 10, 24); err == nil {
					p.Wait = time.Duration(s) * time.Second
				}
			}
		}
	}
	if !seenReturn && strings.EqualFold(strings.TrimSpace(h.Get("Brief")), "t") {
		p.Minimal = true
	}
	if _, option, found := strings.Cut(h.Get("Depth"), ","); found && strings.EqualFold(strings.TrimSpace(option), "noroot") {
		p.DepthNoRoot = true
	}
	return p
}

// nextPreference takes the first preference off a list: its name in lower case, its value, and what follows the comma after it.
// Parameters of the preference are passed over.
func nextPreference(list string) (name, value, rest string) {
	end := len(list)
	quoted := false
scan:
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			end = i
			break scan
		}
	}
	first := list[:end]
	rest = list[min(len(list), end+1):]
	name, value, _ = strings.Cut(first, "=")
	if i := strings.IndexByte(name, ';'); i >= 0 { // a preference without value, then parameters
		name, value = name[:i], ""
	}
	value = strings.TrimSpace(value)
	if q, found := strings.CutPrefix(value, `"`); found {
		value = unquote(q)
	} else {
		value, _, _ = strings.Cut(value, ";")
	}
	return strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value), rest
}

// unquote returns the quoted string whose opening quote was taken off s (RFC 9110 section 5.6.4).
func unquote(s string) string {
	var out strings.Builder
	for i := 0; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// Applied notes in the header of a response that a preference was applied, such as "return=minimal" (RFC 7240 section 3), and that
// the answer depends on the headers that carry it.
func Applied(h http.Header, preference string) {
	h.Add("Preference-Applied", preference)
	AddVary(h, "Prefer", "Brief")
}
