package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"convene/test/harness"
)

// play is a scenario while it is played.
type play struct {
	ctx context.Context
	on  *server
	pp  *people

	objects map[string]string          // UIDs by the names that the scenario has for objects
	sights  map[string]*sight          // what somebody saw last, by person, UID and calendar
	looked  map[string]map[string]bool // Inbox items and messages that somebody has looked at already, by person
	before  *state                     // what was there before on a server elsewhere
	began   bool                       // something other than setting up was done

	unchecked []string // what could not be looked at from outside
}

// sight is an object as somebody saw it last.
type sight struct{ href, data, etag, tag string }

// play plays a scenario. It returns what could not be checked on this server, and what is wrong: the first statement that does not come
// true ends it.
func (s *Scenario) play(ctx context.Context, on *server) (unchecked []string, err error) {
	pp, err := on.people(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", s.File, s.Line, err)
	}
	p := &play{
		ctx: ctx, on: on, pp: pp, objects: map[string]string{}, sights: map[string]*sight{}, looked: map[string]map[string]bool{},
	}
	if err := p.seeOld(); err != nil {
		return nil, err
	}
	for _, step := range s.Steps {
		if err := step.run(p); err != nil {
			if errors.Is(err, errNotHere) {
				return append(p.unchecked, fmt.Sprintf("%s:%d: %s, and what follows", s.File, step.Line, step.Text)), p.end()
			}
			return p.unchecked, errors.Join(fmt.Errorf("%s:%d: %s: %w", s.File, step.Line, step.Text, err), p.end())
		}
	}
	return p.unchecked, p.end()
}

// errNotHere says that a statement cannot be done on a server that is looked at from outside.
var errNotHere = errors.New("not possible on a server elsewhere")

// end leaves the server as the next scenario can use it.
func (p *play) end() error {
	if p.on.db != nil {
		return p.settle(time.Hour)
	}
	return p.clean()
}

// uid returns the UID of an object.
func (p *play) uid(object string) string {
	if uid, ok := p.objects[object]; ok {
		return uid
	}
	p.objects[object] = p.pp.uid(object)
	return p.objects[object]
}

// client returns somebody's device.
func (p *play) client(who string) (*harness.Client, *person, error) {
	someone := p.pp.get(who)
	if someone == nil || someone.kind == "group" {
		return nil, nil, fmt.Errorf("%s has no account", who)
	}
	return p.on.client(someone), someone, nil
}

// home is the path of somebody's home.
func (p *person) home() string { return "/dav/calendars/" + p.kind + "/" + p.account + "/" }

// path returns that of a collection: "Work" in one's own home, or "ann/Work".
func (p *play) path(someone *person, coll string) (string, error) {
	if owner, name, ok := strings.Cut(coll, "/"); ok {
		if someone, coll = p.pp.get(owner), name; someone == nil {
			return "", fmt.Errorf("there is no %s", owner)
		}
	}
	return someone.home() + coll + "/", nil
}

// found is an object that somebody has.
type found struct {
	sight
	coll string // path
}

const queryAll = `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/><C:schedule-tag/><C:calendar-data/></D:prop>` +
	`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`

// copies finds all objects of a UID that somebody sees: in one collection, or where in is "" in all calendars of its own home.
func (p *play) copies(who, in, uid string) ([]found, error) {
	client, someone, err := p.client(who)
	if err != nil {
		return nil, err
	}
	paths, err := p.calendars(client, someone, in)
	if err != nil {
		return nil, err
	}
	var list []found
	for _, path := range paths {
		r, err := client.Do(p.ctx, "REPORT", path, queryAll, "Depth", "1")
		if err != nil {
			return nil, err
		}
		if r.Status != http.StatusMultiStatus {
			return nil, fmt.Errorf("the query of %s was answered %v", path, r)
		}
		ms, err := harness.ParseMultistatus(r.Body)
		if err != nil {
			return nil, err
		}
		for _, r := range ms.Responses {
			f := found{sight{
				href: harness.Canon(r.Href), data: r.Prop(harness.CalDAV("calendar-data")).Value() + "\n",
				etag: r.Prop(harness.DAV("getetag")).Value(), tag: r.Prop(harness.CalDAV("schedule-tag")).Value(),
			}, path}
			if slices.Contains(unfold(f.data), "UID:"+uid) {
				list = append(list, f)
			}
		}
	}
	return list, nil
}

func (p *play) calendars(client *harness.Client, someone *person, in string) ([]string, error) {
	if in != "" {
		path, err := p.path(someone, in)
		return []string{path}, err
	}
	all, err := client.Collections(p.ctx, someone.home())
	var paths []string
	for path, c := range all {
		if c.Calendar {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths, err
}

// copy is copies where there must be just one.
func (p *play) copy(who, in, object string) (*found, error) {
	list, err := p.copies(who, in, p.uid(object))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		var where []string
		for _, f := range list {
			where = append(where, f.href)
		}
		return nil, fmt.Errorf("%s has %d of it: %s", who, len(list), strings.Join(where, " "))
	}
	return &list[0], nil
}

// key is that of a sight: somebody looks at what is its own, or at what somebody else has.
func (p *play) key(who, in, object string) string {
	owner, _, elsewhere := strings.Cut(in, "/")
	if !elsewhere {
		owner = who
	}
	return who + "\n" + owner + "\n" + p.uid(object)
}

// sight returns what somebody saw last of an object, or nil.
func (p *play) sight(who, in, object string) *sight { return p.sights[p.key(who, in, object)] }

// read fetches an object, which its reader then has seen.
func (p *play) read(who, in, object, href string) (*sight, error) {
	client, _, err := p.client(who)
	if err != nil {
		return nil, err
	}
	r, err := client.Do(p.ctx, http.MethodGet, href, "")
	if err != nil {
		return nil, err
	}
	if r.Status != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %v", href, r)
	}
	s := &sight{href, string(r.Body), r.ETag(), r.Header.Get("Schedule-Tag")}
	p.sights[p.key(who, in, object)] = s
	return s, nil
}

// write sends an object and looks at the answer; what was written then is what its writer saw last.
func (p *play) write(w *writing, checks []answerCheck) error {
	client, _, err := p.client(w.who)
	if err != nil {
		return err
	}
	headers, err := p.headers(w)
	if err != nil {
		return err
	}
	p.tick()
	r, err := client.Do(p.ctx, w.method, w.href, w.data, headers...)
	if err != nil {
		return err
	}
	if err := p.checkAnswer(checks, r); err != nil || r.Status/100 != 2 {
		return err
	}
	if at := r.Header.Get("Location"); w.method == http.MethodPost && at != "" {
		w.href = harness.Canon(at[strings.Index(at, "/dav/"):])
	}
	if r.ETag() == "" || len(r.Body) > 0 {
		_, err = p.read(w.who, w.in, w.object, w.href)
		return err
	}
	p.sights[p.key(w.who, w.in, w.object)] = &sight{w.href, w.data, r.ETag(), r.Header.Get("Schedule-Tag")}
	return nil
}

// writing is an object that is about to be sent.
type writing struct {
	who, in, object    string
	method, href, data string
	headers            []string
}

// headers puts what was seen last in the place of "seen".
func (p *play) headers(w *writing) ([]string, error) {
	headers := slices.Clone(w.headers)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "seen" {
			headers[i+1] = p.pp.text(headers[i+1])
			continue
		}
		last := p.sight(w.who, w.in, w.object)
		if last == nil {
			return nil, fmt.Errorf("%s has not seen it yet", w.who)
		}
		headers[i+1] = last.etag
		if strings.EqualFold(headers[i], "If-Schedule-Tag-Match") {
			headers[i+1] = last.tag
		}
		if headers[i+1] == "" {
			return nil, fmt.Errorf("%s has seen none", w.who)
		}
	}
	return headers, nil
}

// tick lets a second pass before something happens.
func (p *play) tick() {
	p.began = true
	p.on.move(time.Second)
}
