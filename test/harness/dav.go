package harness

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// StatusError is a response with a status that the call did not expect.
type StatusError struct {
	Method, Path string
	*Response
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s %s: %v", e.Method, e.Path, e.Response) }

// Condition returns the precondition or postcondition element of a DAV:error body (RFC 4918 section 16), and the
// sentence that explains it; an error if the body is no such thing.
func (r *Response) Condition() (name xml.Name, sentence string, err error) {
	root, err := ParseXML(r.Body)
	if err != nil {
		return name, "", err
	}
	if root.Name != DAV("error") {
		return name, "", fmt.Errorf("harness: %v is not DAV:error", root.Name)
	}
	for _, c := range root.Children {
		if c.Name == DAV("responsedescription") {
			sentence = c.Value()
		} else if name.Local == "" {
			name = c.Name
		}
	}
	return name, sentence, nil
}

// multistatus sends a request and parses its 207; another status is a *StatusError.
func (c *Client) multistatus(ctx context.Context, method, path, body string, headers ...string) (*Multistatus, error) {
	resp, err := c.Do(ctx, method, path, body, headers...)
	if err != nil {
		return nil, err
	}
	if resp.Status != http.StatusMultiStatus {
		return nil, &StatusError{method, path, resp}
	}
	ms, err := ParseMultistatus(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", method, path, err, resp.Body)
	}
	return ms, nil
}

// Collection is a member of a home as a listing shows it.
type Collection struct {
	Path, DisplayName, CTag, SyncToken string
	Calendar                           bool // its resourcetype has CALDAV:calendar
}

const collectionProps = `<D:propfind ` + XMLNS + `><D:prop><D:resourcetype/><D:displayname/><CS:getctag/><D:sync-token/></D:prop></D:propfind>`

// Collections lists a home, itself included, by PROPFIND with Depth 1.
func (c *Client) Collections(ctx context.Context, home string) (map[string]Collection, error) {
	ms, err := c.multistatus(ctx, "PROPFIND", home, collectionProps, "Depth", "1")
	if err != nil {
		return nil, err
	}
	found := map[string]Collection{}
	for _, r := range ms.Responses {
		kind := r.Prop(DAV("resourcetype"))
		if kind.Child(DAV("collection")) == nil {
			continue
		}
		path := Canon(r.Href)
		found[path] = Collection{
			Path: path, DisplayName: r.Prop(DAV("displayname")).Value(), CTag: r.Prop(CS("getctag")).Value(),
			SyncToken: r.Prop(DAV("sync-token")).Value(), Calendar: kind.Child(CalDAV("calendar")) != nil,
		}
	}
	return found, nil
}

// List returns the ETags of a collection's members by path, by PROPFIND with Depth 1.
func (c *Client) List(ctx context.Context, path string) (map[string]string, error) {
	body := `<D:propfind ` + XMLNS + `><D:prop><D:getetag/></D:prop></D:propfind>`
	ms, err := c.multistatus(ctx, "PROPFIND", path, body, "Depth", "1")
	if err != nil {
		return nil, err
	}
	members := map[string]string{}
	for _, r := range ms.Responses {
		href := Canon(r.Href)
		if href == path {
			continue
		}
		if _, twice := members[href]; twice {
			return nil, fmt.Errorf("PROPFIND %s: %s is listed twice", path, href)
		}
		members[href] = r.Prop(DAV("getetag")).Value()
	}
	return members, nil
}

// SyncDelta is what a sync-collection report says (RFC 6578).
type SyncDelta struct {
	Token   string
	Changed map[string]string // ETag by href; "" for a calendar
	Other   map[string]bool   // collections that changed and are no calendars
	Removed []string
	More    bool // the 507 for the request's own path: the rest follows with Token
}

// Sync sends a sync-collection report. level is "1" or "infinite"; a limit of 0 sends none.
func (c *Client) Sync(ctx context.Context, path, token, level string, limit int) (*SyncDelta, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `<D:sync-collection %s><D:sync-token>%s</D:sync-token><D:sync-level>%s</D:sync-level>`, XMLNS, token, level)
	if limit > 0 {
		fmt.Fprintf(&b, `<D:limit><D:nresults>%d</D:nresults></D:limit>`, limit)
	}
	b.WriteString(`<D:prop><D:getetag/><D:resourcetype/></D:prop></D:sync-collection>`)
	ms, err := c.multistatus(ctx, "REPORT", path, b.String(), "Depth", "0")
	if err != nil {
		return nil, err
	}
	delta := &SyncDelta{Token: ms.SyncToken, Changed: map[string]string{}, Other: map[string]bool{}}
	if delta.Token == "" {
		return nil, fmt.Errorf("sync of %s: no sync-token", path)
	}
	return delta, delta.read(ms, path, limit)
}

func (d *SyncDelta) read(ms *Multistatus, path string, limit int) error {
	seen := map[string]bool{}
	for _, r := range ms.Responses {
		href := Canon(r.Href)
		if seen[href] {
			return fmt.Errorf("sync of %s: %s is reported twice", path, href)
		}
		seen[href] = true
		switch {
		case href == path && r.Status == http.StatusInsufficientStorage:
			d.More = true
		case href == path: // a home may report itself when a property of its own changed
		case r.Status == http.StatusNotFound:
			d.Removed = append(d.Removed, href)
		case r.Status == 0 && isOther(r.Prop(DAV("resourcetype"))):
			d.Other[href] = true
		case r.Status == 0:
			d.Changed[href] = r.Prop(DAV("getetag")).Value()
		default:
			return fmt.Errorf("sync of %s: %s has status %d", path, href, r.Status)
		}
	}
	if n := len(d.Changed) + len(d.Other) + len(d.Removed); limit > 0 && n > limit {
		return fmt.Errorf("sync of %s: %d results, the limit was %d", path, n, limit)
	}
	return nil
}

// isOther says whether a DAV:resourcetype is that of a collection other than a calendar.
func isOther(kind *Node) bool {
	return kind.Child(DAV("collection")) != nil && kind.Child(CalDAV("calendar")) == nil
}

// Multiget fetches objects by calendar-multiget: their calendar data by href, without those that answer 404.
func (c *Client) Multiget(ctx context.Context, path string, hrefs []string) (map[string]string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `<C:calendar-multiget %s><D:prop><D:getetag/><C:calendar-data/></D:prop>`, XMLNS)
	for _, href := range hrefs {
		fmt.Fprintf(&b, `<D:href>%s</D:href>`, Escape(href))
	}
	b.WriteString(`</C:calendar-multiget>`)
	ms, err := c.multistatus(ctx, "REPORT", path, b.String(), "Depth", "1")
	if err != nil {
		return nil, err
	}
	data := map[string]string{}
	for _, r := range ms.Responses {
		switch {
		case r.Status == http.StatusNotFound:
		case r.Prop(CalDAV("calendar-data")) == nil:
			return nil, fmt.Errorf("multiget of %s: %s has no calendar-data: status %d, %v", path, r.Href, r.Status, r.Props)
		default:
			data[Canon(r.Href)] = r.Prop(CalDAV("calendar-data")).Text
		}
	}
	return data, nil
}

// Canon returns the path of an href in one spelling, whichever characters its writer chose to percent-encode, so that
// hrefs can be compared. What is no URL is returned as it is.
func Canon(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return href
		}
		segments[i] = url.PathEscape(plain)
	}
	return strings.Join(segments, "/")
}

// Escape returns s for use as XML text.
func Escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
