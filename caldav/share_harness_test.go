package caldav

import (
	"encoding/xml"
	"net/http"
	"strings"

	"convene/store"
)

const (
	bobHome    = "/dav/calendars/user/bob/"
	annNotices = annHome + "Notifications/"
	bobNotices = bobHome + "Notifications/"
)

// setSharee and removeSharee are what a CS:share consists of.
func setSharee(href, access, summary string) string {
	return "<CS:set><D:href>" + href + "</D:href><CS:common-name>Somebody</CS:common-name><CS:summary>" + summary + "</CS:summary><CS:" + access + "/></CS:set>"
}

func removeSharee(href string) string { return "<CS:remove><D:href>" + href + "</D:href></CS:remove>" }

// share posts a CS:share as ann.
func (s *server) share(path string, changes ...string) *answer {
	s.t.Helper()
	return s.do("ann", "POST", path, wrap("CS:share", strings.Join(changes, "")))
}

// invited is a notification as a client reads it.
type invited struct {
	XMLName xml.Name `xml:"http://calendarserver.org/ns/ notification"`
	DTStamp string   `xml:"dtstamp"`
	Invite  *struct {
		Type       string `xml:"shared-type,attr"`
		UID        string `xml:"uid"`
		Href       string `xml:"DAV: href"`
		HostURL    string `xml:"hosturl>href"`
		Organizer  string `xml:"organizer>href"`
		Name       string `xml:"organizer>common-name"`
		Summary    string `xml:"summary"`
		Components []struct {
			Name string `xml:"name,attr"`
		} `xml:"urn:ietf:params:xml:ns:caldav supported-calendar-component-set>comp"`
	} `xml:"invite-notification"`
	Reply *struct {
		Href      string `xml:"DAV: href"`
		HostURL   string `xml:"hosturl>href"`
		InReplyTo string `xml:"in-reply-to"`
		Summary   string `xml:"summary"`
	} `xml:"invite-reply"`
}

// aNotice is one member of a notification collection.
type aNotice struct {
	href, kind string
	invited
	state, access string
}

// notices reads a notification collection as clients do: a listing, and a GET of each.
func (s *server) notices(who, path string) (found []aNotice) {
	s.t.Helper()
	for _, resp := range s.do(who, "PROPFIND", path, propfind("D:getetag", "D:getcontenttype", "CS:notificationtype"), "Depth: 1").multistatus().Responses {
		if resp.Href == path {
			continue
		}
		kind, _ := resp.prop("notificationtype")
		n := aNotice{href: resp.Href, kind: kind.Inner}
		a := s.do(who, "GET", resp.Href, "").want(http.StatusOK)
		contentType, _ := resp.prop("getcontenttype")
		etag, _ := resp.prop("getetag")
		if a.header.Get("Content-Type") != "application/xml; charset=utf-8" || contentType.Text != a.header.Get("Content-Type") || etag.Text != a.header.Get("ETag") {
			s.t.Fatalf("GET %s: headers %v, the listing says %q and %q", resp.Href, a.header, contentType.Text, etag.Text)
		}
		if err := xml.Unmarshal([]byte(a.body), &n.invited); err != nil {
			s.t.Fatalf("%v in %s", err, a.body)
		}
		n.state = stateIn(a.body)
		n.access = "read"
		if strings.Contains(a.body, "<CS:read-write/>") {
			n.access = "read-write"
		}
		found = append(found, n)
	}
	return found
}

// stateIn finds the status of an invitation in a document.
func stateIn(body string) string {
	for _, state := range []string{"noresponse", "accepted", "declined", "deleted"} {
		if strings.Contains(body, "<CS:invite-"+state+"/>") {
			return state
		}
	}
	return ""
}

// oneInvite wants one notification, a CS:invite-notification with that status and access.
func (s *server) oneInvite(who, path, state, access string) aNotice {
	s.t.Helper()
	all := s.notices(who, path)
	if len(all) != 1 || all[0].Invite == nil || all[0].state != state || all[0].access != access || all[0].kind != `<CS:invite-notification shared-type="calendar"/>` {
		s.t.Fatalf("notifications of %s: got %+v, want one of status %s, %s", who, all, state, access)
	}
	return all[0]
}

// reply posts a CS:invite-reply to the home of who.
func (s *server) reply(who, home, uid, verdict, summary string) *answer {
	s.t.Helper()
	return s.do(who, "POST", home, wrap("CS:invite-reply", "<D:href>mailto:"+who+"@example.com</D:href><CS:invite-"+verdict+"/><CS:hosturl><D:href>"+
		annHome+"work/</D:href></CS:hosturl><CS:in-reply-to>"+uid+"</CS:in-reply-to><CS:summary>"+summary+"</CS:summary>"))
}

// accept accepts the one invitation of bob, and returns the URL of the calendar in bob's home.
func (s *server) accept(summary string) string {
	s.t.Helper()
	n := s.oneInvite("bob", bobNotices, "noresponse", s.accessOf("bob"))
	a := s.reply("bob", bobHome, n.Invite.UID, "accepted", summary).want(http.StatusOK)
	var as struct {
		XMLName xml.Name `xml:"http://calendarserver.org/ns/ shared-as"`
		Href    string   `xml:"DAV: href"`
	}
	if err := xml.Unmarshal([]byte(a.body), &as); err != nil || !strings.HasPrefix(as.Href, bobHome) {
		s.t.Fatalf("accepting answered %v %s", err, a.body)
	}
	return as.Href
}

// accessOf is what the one notification of somebody offers.
func (s *server) accessOf(who string) string {
	s.t.Helper()
	for _, n := range s.notices(who, "/dav/calendars/user/"+who+"/Notifications/") {
		return n.access
	}
	return ""
}

// shared makes the calendar work of ann, with an event that has alarms of ann's, shares it with bob, who accepts. It returns both URLs.
func (s *server) shared(access string) (work, mount string) {
	s.t.Helper()
	work = s.makeCalendar("work")
	s.do("ann", "PUT", work+"a.ics", event("a", "20261201T100000Z", "TRANSP:TRANSPARENT", alarmOf("ann"))).want(http.StatusCreated)
	s.share(work, setSharee("mailto:bob@example.com", access, "Work of Ann")).want(http.StatusOK)
	return work, s.accept("")
}

func alarmOf(who string) string {
	return "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:alarm of " + who + "\r\nEND:VALARM"
}

func (s *server) props(who, path string, names ...string) *msResponse {
	s.t.Helper()
	return s.do(who, "PROPFIND", path, propfind(names...), "Depth: 0").multistatus().response(path)
}

// sharesOf returns the shares of ann's calendar as stored.
func (s *server) sharesOf(name string) []store.Share {
	s.t.Helper()
	list, err := s.db.Shares(s.t.Context(), s.collection(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}
