package dav

import (
	"net/http"
	"strings"
)

// Depth is the value of a Depth header (RFC 4918 section 10.2).
type Depth int

// The values of Depth, the lesser the shallower.
const (
	Depth0 Depth = iota
	Depth1
	DepthInfinity
)

// String returns the value as the header has it.
func (d Depth) String() string {
	switch d {
	case Depth0:
		return "0"
	case Depth1:
		return "1"
	}
	return "infinity"
}

// ParseDepth returns the Depth of a request, def if it has none. An old form, "1,noroot", is taken as well; see [ParsePrefer].
// Anything else is a 400.
func ParseDepth(h http.Header, def Depth) (Depth, error) {
	value := strings.TrimSpace(h.Get("Depth"))
	depth, option, found := strings.Cut(value, ",")
	if found && !strings.EqualFold(strings.TrimSpace(option), "noroot") {
		depth = ""
	}
	switch depth = strings.TrimSpace(depth); {
	case value == "":
		return def, nil
	case depth == "0":
		return Depth0, nil
	case depth == "1":
		return Depth1, nil
	case strings.EqualFold(depth, "infinity"):
		return DepthInfinity, nil
	}
	return def, Fail(http.StatusBadRequest, Name{}, "Depth is %.40q, but can be 0, 1 or infinity", value)
}

// ParseOverwrite returns the Overwrite of a COPY or MOVE, true if it has none (RFC 4918 section 10.6).
func ParseOverwrite(h http.Header) (bool, error) {
	switch value := strings.TrimSpace(h.Get("Overwrite")); value {
	case "", "T", "t":
		return true, nil
	case "F", "f":
		return false, nil
	default:
		return false, Fail(http.StatusBadRequest, Name{}, "Overwrite is %.40q, but can be T or F", value)
	}
}

// MediaType returns the media type of the body and its charset, both in lower case and "" if not given. What is not understood of
// the header is passed over.
func MediaType(h http.Header) (mediaType, charset string) {
	mediaType, rest, _ := strings.Cut(h.Get("Content-Type"), ";")
	for rest != "" {
		var param string
		param, rest, _ = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "charset") {
			charset = strings.ToLower(strings.Trim(value, " \t\""))
		}
	}
	return strings.ToLower(strings.TrimSpace(mediaType)), charset
}

// AddVary names request headers that the answer depends on in Vary, each once.
func AddVary(h http.Header, names ...string) {
	for _, name := range names {
		if !listed(h, "Vary", name) {
			h.Add("Vary", name)
		}
	}
}

// listed says whether the list in a header has the element, whatever the case.
func listed(h http.Header, header, element string) bool {
	for _, line := range h[header] {
		for item := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(item), element) {
				return true
			}
		}
	}
	return false
}
