package caldav

import (
	"net/http"

	"convene/caldav/dav"
	"convene/store"
)

// place says what kind of resource a URL names; DESIGN.md section 3 has the layout.
type place int

const (
	placeRoot       place = iota // /dav/, and / and /principals/, where Apple's clients look first
	placePrincipals              // /dav/principals/ and /dav/principals/user/
	placePrincipal               // /dav/principals/user/ann/
	placeCalendars               // /dav/calendars/ and /dav/calendars/user/
	placeHome                    // /dav/calendars/user/ann/
	placeCollection              // /dav/calendars/user/ann/Default/
	placeObject                  // /dav/calendars/user/ann/Default/a.ics
	placeTooDeep                 // anything below an object, and an object with a slash at its end
)

// target is a URL taken apart; nothing of it need exist.
type target struct {
	place      place
	start      string              // at placeRoot: / or /principals/, if it is one of these
	kind       store.PrincipalKind // of the principal or of the owner; "" above them
	name       string              // of the principal or of the owner
	collection string
	object     string
}

var principalKinds = map[string]store.PrincipalKind{
	"user": store.User, "group": store.Group, "room": store.Room, "resource": store.Resource,
}

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
	case placePrincipals, placePrincipal:
		dst = append(dst, "/dav/principals/"...)
	default:
		dst = append(dst, "/dav/calendars/"...)
	}
	for _, s := range [...]string{string(t.kind), t.name, t.collection} {
		if s == "" {
			return dst
		}
		dst = append(dav.AppendEscaped(dst, s), '/')
	}
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
