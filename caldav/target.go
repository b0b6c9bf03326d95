package caldav

import (
	"net/http"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// place says what kind of resource a URL names; DESIGN.md section 3 has the layout.
type place int

const (
	placeRoot       place = iota // /dav/, and / and /principals/, where Apple's clients look first
	placePrincipals              // /dav/principals/ and /dav/principals/user/
	placePrincipal               // /dav/principals/user/ann/
	placeProxy                   // /dav/principals/user/ann/calendar-proxy-read/: the group of ann's delegates
	placeCalendars               // /dav/calendars/ and /dav/calendars/user/
	placeHome                    // /dav/calendars/user/ann/
	placeCollection              // /dav/calendars/user/ann/Default/, /dav/published/<token>/
	placeObject                  // /dav/calendars/user/ann/Default/a.ics, /dav/published/<token>/a.ics
	placeTooDeep                 // anything below an object, and an object with a slash at its end
)

// target is a URL taken apart; nothing of it need exist.
type target struct {
	place      place
	start      string              // at placeRoot: / or /principals/, if it is one of these
	kind       store.PrincipalKind // of the principal or of the owner; "" above them
	name       string              // of the principal or of the owner
	proxy      string              // at placeProxy: calendar-proxy-read or calendar-proxy-write
	token      string              // of a published calendar, which has neither kind nor name nor collection
	file       bool                // /published/<token>.ics: all of it as one file
	collection string
	object     string
}

var principalKinds = map[string]store.PrincipalKind{
	"user": store.User, "group": store.Group, "room": store.Room, "resource": store.Resource, "public": store.Public,
}

// The groups of delegates below each principal (CalendarServer's caldav-proxy extension, section 3.2).
const (
	proxyRead  = "calendar-proxy-read"
	proxyWrite = "calendar-proxy-write"
)

// parseTarget takes the escaped path of a URL apart. A path that no resource can have is an error to be answered.
func parseTarget(escaped string) (target, error) {
	seg, dir, err := dav.SplitPath(escaped)
	switch {
	case err != nil:
		return target{}, err
	case len(seg) == 0:
		return target{place: placeRoot, start: "/"}, nil
	case len(seg) == 1 && seg[0] == "principals":
		return target{place: placeRoot, start: "/principals/"}, nil
	case seg[0] == "published":
		return parsePublishedFile(seg, dir)
	case seg[0] != "dav":
		return target{}, notFound()
	case len(seg) == 1:
		return target{place: placeRoot}, nil
	}
	t := target{}
	deep := len(seg) - 4 // segments below the principal or the home
	switch seg[1] {
	case "principals":
		t.place = placePrincipals
		if deep >= 0 {
			t.place = placePrincipal
		}
		if deep == 1 && (seg[4] == proxyRead || seg[4] == proxyWrite) {
			t.place, t.proxy = placeProxy, seg[4]
		}
	case "published":
		return parsePublished(seg[2:], dir)
	case "calendars":
		t.place = placeCalendars
		if deep >= 0 {
			t.place = min(placeHome+place(deep), placeTooDeep)
		}
	default:
		return target{}, notFound()
	}
	if len(seg) > 2 {
		kind, ok := principalKinds[seg[2]]
		if !ok || t.place == placePrincipal && deep > 0 {
			return target{}, notFound()
		}
		t.kind = kind
	}
	if deep >= 0 {
		t.name = seg[3]
	}
	if t.place >= placeCollection {
		t.collection = seg[4]
	}
	if t.place >= placeObject {
		t.object = seg[5]
	}
	if t.place == placeObject && dir {
		t.place = placeTooDeep
	}
	return t, nil
}

// parsePublished takes apart what stands below /dav/published/.
func parsePublished(seg []string, dir bool) (target, error) {
	switch {
	case len(seg) == 1:
		return target{place: placeCollection, token: seg[0]}, nil
	case len(seg) == 2 && !dir:
		return target{place: placeObject, token: seg[0], object: seg[1]}, nil
	case len(seg) >= 2:
		return target{place: placeTooDeep, token: seg[0]}, nil
	}
	return target{}, notFound()
}

// parsePublishedFile takes /published/<token>.ics apart.
func parsePublishedFile(seg []string, dir bool) (target, error) {
	if len(seg) != 2 || dir {
		return target{}, notFound()
	}
	token, ok := strings.CutSuffix(seg[1], ".ics")
	if !ok || token == "" {
		return target{}, notFound()
	}
	return target{place: placeCollection, token: token, file: true}, nil
}

// reference takes a URL apart that a client names in a header or a body: one of this server, or an absolute path.
func reference(r *http.Request, ref string) (target, error) {
	path, err := dav.ParseReference(ref, func(host string) bool { return sameHost(host, r.Host) })
	if err != nil {
		return target{}, err
	}
	return parseTarget(path)
}

func notFound() error {
	return dav.Fail(http.StatusNotFound, dav.Name{}, "there is nothing at this URL")
}

// appendHref appends the canonical, escaped path of the resource that t names.
func (t *target) appendHref(dst []byte) []byte {
	switch t.place {
	case placeRoot:
		if t.start != "" {
			return append(dst, t.start...)
		}
		return append(dst, "/dav/"...)
	case placePrincipals, placePrincipal, placeProxy:
		dst = append(dst, "/dav/principals/"...)
	default:
		if t.token != "" {
			return t.appendPublished(dst)
		}
		dst = append(dst, "/dav/calendars/"...)
	}
	below := t.collection
	if t.place == placeProxy {
		below = t.proxy
	}
	for _, s := range [...]string{string(t.kind), t.name, below} {
		if s == "" {
			return dst
		}
		dst = append(dav.AppendEscaped(dst, s), '/')
	}
	return dav.AppendEscaped(dst, t.object)
}

func (t *target) appendPublished(dst []byte) []byte {
	if t.file {
		return append(dav.AppendEscaped(append(dst, "/published/"...), t.token), ".ics"...)
	}
	dst = append(dav.AppendEscaped(append(dst, "/dav/published/"...), t.token), '/')
	return dav.AppendEscaped(dst, t.object)
}

func (t *target) href() string {
	var room [160]byte // enough for most, so that only the string is allocated
	return string(t.appendHref(room[:0]))
}

// principalHref is the URL of a principal's resource (RFC 3744 section 4.2).
func principalHref(p *store.Principal) string {
	t := target{place: placePrincipal, kind: p.Kind, name: p.Name}
	return t.href()
}

// homeHref is the URL of a principal's calendar home (RFC 4791 section 6.2.1).
func homeHref(p *store.Principal) string {
	t := target{place: placeHome, kind: p.Kind, name: p.Name}
	return t.href()
}
