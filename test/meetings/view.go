package meetings

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"convene/test/harness"
)

// copied is somebody's copy of a meeting, as it was read.
type copied struct {
	href, etag, tag string
	o               *object
}

// item is a message in an Inbox.
type item struct{ uid, method string }

// view is what somebody has.
type view struct {
	copies map[string]*copied // by UID
	inbox  map[string]item    // by href
}

// reader reads all that somebody has, what it knows already only once.
type reader struct {
	*harness.Client
	p     *person
	known map[string]*copied // by href, ETag and schedule tag
	items map[string]item    // by href
}

func newReader(s *server, p *person, n int) *reader {
	return &reader{s.client(p, n), p, map[string]*copied{}, map[string]item{}}
}

// calendars are those that people have, the second not always.
var calendars = []string{"Default/", "work/"}

const listProps = `<D:propfind ` + harness.XMLNS + `><D:prop><D:getetag/><C:schedule-tag/></D:prop></D:propfind>`

// list returns the ETag and the schedule tag, in a row, of all that is in a collection; none if it is not there.
func list(ctx context.Context, c *harness.Client, path string) (map[string]string, error) {
	resp, err := c.Do(ctx, "PROPFIND", path, listProps, "Depth", "1")
	if err != nil || resp.Status == http.StatusNotFound {
		return nil, err
	}
	ms, err := harness.ParseMultistatus(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("PROPFIND %s: %v: %w", path, resp, err)
	}
	members := map[string]string{}
	for _, r := range ms.Responses {
		if href := harness.Canon(r.Href); href != path {
			members[href] = r.Prop(harness.DAV("getetag")).Value() + " " + r.Prop(harness.CalDAV("schedule-tag")).Value()
		}
	}
	return members, nil
}

// look reads it.
func (r *reader) look(ctx context.Context) (*view, error) {
	v := &view{map[string]*copied{}, map[string]item{}}
	for _, name := range calendars {
		members, err := list(ctx, r.Client, r.p.home+name)
		if err != nil {
			return nil, err
		}
		for href, version := range members {
			c, err := r.copied(ctx, href, version)
			if err != nil {
				return nil, err
			}
			if other := v.copies[c.o.uid()]; other != nil {
				return nil, fmt.Errorf("%s has two copies of one meeting: %s and %s", r.p.account, other.href, href)
			}
			v.copies[c.o.uid()] = c
		}
	}
	members, err := list(ctx, r.Client, r.p.home+"Inbox/")
	if err != nil {
		return nil, err
	}
	for href := range members {
		if v.inbox[href], err = r.item(ctx, href); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (r *reader) copied(ctx context.Context, href, version string) (*copied, error) {
	if c := r.known[href+version]; c != nil {
		return c, nil
	}
	c, err := get(ctx, r.Client, href)
	if err != nil {
		return nil, err
	}
	if c == nil || c.etag+" "+c.tag != version {
		return nil, fmt.Errorf("%s changed while it was read", href)
	}
	r.known[href+version] = c
	return c, nil
}

// get reads one object, nil if it is gone.
func get(ctx context.Context, client *harness.Client, href string) (*copied, error) {
	resp, err := client.Do(ctx, "GET", href, "")
	if err != nil {
		return nil, err
	}
	if resp.Status == http.StatusNotFound {
		return nil, nil
	}
	return read("GET", href, resp)
}

// read takes a response that holds an object.
func read(method, href string, resp *harness.Response) (*copied, error) {
	c := &copied{href: href, etag: resp.ETag(), tag: resp.Header.Get("Schedule-Tag")}
	if c.etag == "" || c.tag == "" || resp.Status >= 300 {
		return nil, fmt.Errorf("%s %s: status %d, ETag %s, Schedule-Tag %s:\n%s", method, href, resp.Status, c.etag, c.tag, resp.Body)
	}
	var err error
	c.o, err = parse(string(resp.Body))
	return c, err
}

func (r *reader) item(ctx context.Context, href string) (item, error) {
	if i, known := r.items[href]; known {
		return i, nil
	}
	resp, err := r.Do(ctx, "GET", href, "")
	if err != nil {
		return item{}, err
	}
	o, err := parse(string(resp.Body))
	if err != nil {
		return item{}, fmt.Errorf("GET %s: %v: %w", href, resp, err)
	}
	i := item{uid: o.uid()}
	for _, line := range o.head {
		if method, ok := strings.CutPrefix(line, "METHOD:"); ok {
			i.method = method
		}
	}
	for _, p := range o.parts {
		if len(p.inner) > 0 || strings.Contains(strings.Join(p.lines, "\n"), "SCHEDULE-") {
			return item{}, fmt.Errorf("%s holds what is private:\n%s", href, resp.Body)
		}
	}
	r.items[href] = i
	return i, nil
}

// versions names all that somebody has.
func (v *view) versions() map[string]string {
	all := map[string]string{}
	for _, c := range v.copies {
		all[c.href] = c.etag + " " + c.tag
	}
	for href := range v.inbox {
		all[href] = ""
	}
	return all
}
