package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// expandProperty is a DAV:expand-property; a property is "name" or "name(inner inner(...))", CalDAV's with "C:" before it.
func expandProperty(properties string) string {
	var b strings.Builder
	closing := 0
	for _, p := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(properties)) {
		switch p {
		case "(":
			s := strings.TrimSuffix(b.String(), "/>")
			b.Reset()
			b.WriteString(s + ">")
			closing++
		case ")":
			b.WriteString("</D:property>")
			closing--
		default:
			name, space := p, ""
			if local, ok := strings.CutPrefix(p, "C:"); ok {
				name, space = local, ` namespace="urn:ietf:params:xml:ns:caldav"`
			}
			b.WriteString(`<D:property name="` + name + `"` + space + `/>`)
		}
	}
	return wrap("D:expand-property", b.String())
}

// DAV:expand-property (RFC 3253 section 3.8): responses stand where the hrefs were.
func TestExpandProperty(t *testing.T) {
	s := newOffice(t)
	const bob, staff, all = "/dav/principals/user/bob/", "/dav/principals/group/staff/", "/dav/principals/group/all/"
	ok := func(props string) string {
		return "<D:propstat><D:prop>" + props + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
	}
	absent := func(props string) string {
		return "<D:propstat><D:prop>" + props + "</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
	}
	response := func(path, inside string) string {
		return "<D:response><D:href>" + path + "</D:href>" + inside + "</D:response>\n"
	}
	for _, test := range []struct{ name, who, path, properties, local, want string }{
		{"not expanded", "ann", annPrincipal, "current-user-principal", "current-user-principal", href(annPrincipal)},
		{"one level", "ann", annDefault, "owner(displayname)", "owner", response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>"))},
		{"what is not there inside", "ann", annPrincipal, "current-user-principal(displayname none)", "current-user-principal",
			response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")+absent("<D:none/>"))},
		{"only what is not there", "ann", annPrincipal, "current-user-principal(none)", "current-user-principal", response(annPrincipal, absent("<D:none/>"))},
		{"several", "ann", staff, "group-member-set(displayname)", "group-member-set",
			response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")) + response(bob, ok("<D:displayname>Bob Example</D:displayname>"))},
		{"nested", "ann", all, "group-member-set(group-member-set(displayname none))", "group-member-set",
			response(staff, ok("<D:group-member-set>"+response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")+absent("<D:none/>"))+
				response(bob, ok("<D:displayname>Bob Example</D:displayname>")+absent("<D:none/>"))+"</D:group-member-set>"))},
		{"to the home", "ann", annPrincipal, "C:calendar-home-set(resourcetype)", "calendar-home-set", response(annHome, ok("<D:resourcetype><D:collection/></D:resourcetype>"))},
		{"to the home of another", "bob", annPrincipal, "C:calendar-home-set(resourcetype displayname)", "calendar-home-set", response(annHome, "<D:status>HTTP/1.1 404 Not Found</D:status>")},
		{"to the home of another as root", "root", annPrincipal, "C:calendar-home-set(resourcetype)", "calendar-home-set", response(annHome, ok("<D:resourcetype><D:collection/></D:resourcetype>"))},
		{"addresses stay", "ann", annPrincipal, "alternate-URI-set(displayname)", "alternate-URI-set", href("mailto:ann@example.com", "mailto:a.example@example.com")},
		{"without hrefs", "ann", annDefault, "resourcetype(displayname)", "resourcetype", "<D:collection/><C:calendar/>"},
		{"with nothing in it", "ann", annPrincipal, "group-member-set(displayname)", "group-member-set", ""},
		{"of an object", "ann", annDefault + "a.ics", "owner(displayname)", "owner", response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z"))
			r := s.do(test.who, "REPORT", test.path, expandProperty(test.properties), "Depth: 0").only()
			wantEqual(t, test.local, r.inner(test.local), test.want)
		})
	}
	t.Run("beside the expanded", func(t *testing.T) {
		r := s.in(t).do("ann", "REPORT", annPrincipal, expandProperty("displayname none group-membership(none displayname) other C:calendar-user-type"), "Depth: 0").only()
		wantEqual(t, "displayname", r.text("displayname"), "Ann Example")
		wantEqual(t, "calendar-user-type", r.text("calendar-user-type"), "INDIVIDUAL")
		wantList(t, "absent", r.names("404"), "none", "other")
	})
	t.Run("members", func(t *testing.T) {
		s := s.in(t)
		s.do("ann", "REPORT", annHome, expandProperty("owner(displayname)"), "Depth: 1").
			wantHrefs(annHome, annDefault, annHome+"Inbox/", annHome+"Outbox/", annHome+"Attachments/", annHome+"Notifications/")
		s.do("ann", "REPORT", annDefault, expandProperty("owner(displayname)"), "Depth: 1").wantHrefs(annDefault, annDefault+"a.ics")
	})
	t.Run("dead properties lead nowhere", func(t *testing.T) {
		s := s.in(t)
		s.do("ann", "PROPPATCH", annDefault, update("+<X:link xmlns:X='urn:x'><D:href>"+bob+"</D:href></X:link>")).want(http.StatusMultiStatus)
		body := wrap("D:expand-property", `<D:property name="link" namespace="urn:x"><D:property name="displayname"/></D:property>`)
		wantEqual(t, "link", s.do("ann", "REPORT", annDefault, body, "Depth: 0").only().inner("link"), href(bob))
	})
	t.Run("bounded", func(t *testing.T) { // all -> staff -> its members -> their groups -> ...
		deep := "displayname"
		for range 12 {
			deep = "group-member-set(group-membership(" + deep + "))"
		}
		s := s.in(t)
		s.do("ann", "REPORT", staff, expandProperty(deep), "Depth: 0").refused(http.StatusForbidden, "number-of-matches-within-limits")
		s.do("ann", "REPORT", staff, expandProperty(strings.Repeat("displayname ", 1500)), "Depth: 0").refused(http.StatusRequestEntityTooLarge, "")
		s.do("ann", "REPORT", staff, expandProperty("owner"), "Depth: infinity").refused(http.StatusBadRequest, "")
		s.do("ann", "REPORT", staff, wrap("D:expand-property", "<D:property/>"), "Depth: 0").refused(http.StatusBadRequest, "")
	})
}
