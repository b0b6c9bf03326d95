package caldav

import (
	"errors"
	"net/http"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// searchable are the properties by which principals can be found (RFC 3744 section 9.5), with the column that holds them.
var searchable = []struct {
	name  dav.Name
	field store.Field
	about string
}{
	{nameDisplayName, store.FieldDisplayName, "Display name"},
	{nameAddressSet, store.FieldAddress, "Calendar user addresses"},
	{dav.CalDAV("calendar-user-type"), store.FieldType, "Calendar user type"},
	{dav.CS("email-address-set"), store.FieldAddress, "E-mail addresses"},
}

// maxPrincipals bounds the answer to a search: clients ask anew with each letter that a person types.
const maxPrincipals = 200

// shallow refuses Depth: infinity on the reports that RFC 3744 section 9 defines for 0 only. Thunderbird looks for its home with 1, and
// gets the answer it would get with 0. They tell of principals, which who has no account is told nothing of.
func shallow(r *request) error {
	if r.who == nil {
		return unauthorized()
	}
	depth, err := dav.ParseDepth(r.Header, dav.Depth0)
	if err == nil && depth == dav.DepthInfinity {
		return badRequest("this report has Depth: 0")
	}
	return err
}

// reportPrincipalSearch answers a principal-property-search (RFC 3744 section 9.4).
func (h *Handler) reportPrincipalSearch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	if err := shallow(r); err != nil {
		return err
	}
	filter := store.Filter{Kinds: kindsBelow(res)}
	if body.Child(dav.DAV("apply-to-principal-collection-set")) != nil {
		filter.Kinds = nil
	}
	if test, ok := body.Attr("test"); ok { // CalendarServer's extension: anyof, allof
		filter.Any = strings.EqualFold(test, "anyof")
	}
	filter.Kinds = kindsOfType(body, filter.Kinds)
	never := false // a property that cannot be searched matches nothing
	searches := 0
	for e := range body.All(dav.DAV("property-search")) {
		match := e.Child(dav.DAV("match"))
		prop := e.Child(dav.DAV("prop"))
		if match == nil || prop == nil || len(prop.Children) == 0 {
			return badRequest("a DAV:property-search has a DAV:prop with a property and a DAV:match")
		}
		searches++
		for _, p := range prop.Children { // several properties are several conditions
			field := searchField(p.Name)
			if field == "" {
				never = true
				continue
			}
			filter.Match = append(filter.Match, condition(p.Name, field, match))
		}
	}
	switch {
	case searches == 0:
		return badRequest("a principal-property-search has at least one DAV:property-search")
	case len(filter.Match) > maxMatches:
		return badRequest("a search has at most %d conditions", maxMatches)
	case len(filter.Match) == 0 || never && !filter.Any:
		return h.sendPrincipals(w, r, res, body, nil)
	}
	return h.search(w, r, res, body, filter)
}

// condition is that a property, which is in field, has what match says. The path of a principal is one of its addresses (RFC 6638 section
// 2.4.1), but no field: whoever looks for one means that principal.
func condition(n dav.Name, field store.Field, match *dav.Element) store.Match {
	text := strings.TrimSpace(match.Text)
	if n == nameAddressSet {
		if _, name, ok := store.PrincipalPath(text); ok {
			return store.Match{Field: store.FieldName, How: store.Equals, Text: name}
		}
	}
	return store.Match{Field: field, How: matchType(match), Text: text}
}

// maxMatches bounds the conditions of a search.
const maxMatches = 20

// searchField returns where a property is looked for, "" if it cannot be searched.
func searchField(n dav.Name) store.Field {
	for _, s := range searchable {
		if s.name == n {
			return s.field
		}
	}
	return ""
}

// kindsBelow are the kinds of principals below a URL; everywhere but on one of their collections all of them.
func kindsBelow(res *resource) []store.PrincipalKind {
	if res.place == placePrincipals && res.kind != "" {
		return []store.PrincipalKind{res.kind}
	}
	return nil
}

// kindsOfType reads CalendarServer's type attribute, a calendar user type.
func kindsOfType(body *dav.Element, all []store.PrincipalKind) []store.PrincipalKind {
	want, ok := body.Attr("type")
	if !ok {
		return all
	}
	for _, k := range store.Kinds {
		if strings.EqualFold(k.CalendarUserType(), want) {
			return []store.PrincipalKind{k}
		}
	}
	return all
}

// matchType reads the match-type attribute of CalendarServer and RFC 6352; without one a substring is looked for.
func matchType(e *dav.Element) store.How {
	v, _ := e.Attr("match-type")
	switch v {
	case "starts-with":
		return store.StartsWith
	case "ends-with":
		return store.EndsWith
	case "equals":
		return store.Equals
	}
	return store.Contains
}

func (h *Handler) search(w http.ResponseWriter, r *request, res *resource, body *dav.Element, filter store.Filter) error {
	filter.Limit = maxPrincipals + 1 // one more than is sent says that there are more
	var found []*store.Principal
	err := h.db.Principals(r.Context(), filter, func(p *store.Principal) error {
		found = append(found, p)
		return nil
	})
	if err != nil {
		return err
	}
	return h.sendPrincipals(w, r, res, body, found)
}

// reportCalendarServerSearch answers CalendarServer's calendarserver-principal-search: words that must all occur in the name or the
// addresses.
func (h *Handler) reportCalendarServerSearch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	if err := shallow(r); err != nil {
		return err
	}
	filter := store.Filter{Kinds: kindsBelow(res)}
	switch context, _ := body.Attr("context"); context {
	case "user", "attendee", "group", "location", "resource", "":
		filter.Kinds = map[string][]store.PrincipalKind{
			"user": {store.User}, "group": {store.Group}, "location": {store.Room}, "resource": {store.Resource},
			"attendee": {store.User, store.Group},
		}[context]
	default:
		return badRequest("unknown context %.40q", context)
	}
	for token := range body.All(dav.CS("search-token")) {
		if text := strings.TrimSpace(token.Text); text != "" {
			filter.Match = append(filter.Match, store.Match{Field: store.FieldAny, Text: text})
		}
	}
	switch {
	case len(filter.Match) == 0:
		return h.sendPrincipals(w, r, res, body, nil)
	case len(filter.Match) > maxMatches:
		return badRequest("a search has at most %d words", maxMatches)
	}
	return h.search(w, r, res, body, filter)
}

// sendPrincipals answers with the properties asked for of each principal, and says so if there are more than are sent.
func (h *Handler) sendPrincipals(w http.ResponseWriter, r *request, res *resource, body *dav.Element, found []*store.Principal) error {
	return h.sendMatching(w, r, res, body, func(c *propContext, send func(*resource) error) error {
		for i, p := range found {
			if i == maxPrincipals {
				return errTooMany
			}
			if err := send(principalResource(p)); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachMatch passes the resources that a report found to send.
type eachMatch func(c *propContext, send func(*resource) error) error

// sendMatching answers a report with the properties asked for of each resource that each passes to send. If it ends with errTooMany the
// answer says that there are more (RFC 3744 section 9.4, DAV:number-of-matches-within-limits).
func (h *Handler) sendMatching(w http.ResponseWriter, r *request, res *resource, body *dav.Element, each eachMatch) error {
	q, err := parseReportProps(body)
	if err != nil {
		return err
	}
	prefer := dav.ParsePrefer(r.Header)
	s := h.startMultistatus(w, prefer)
	defer s.Discard()
	c := &propContext{ctx: r.Context(), h: h, b: &s.Buffer, who: r.who}
	err = each(c, func(m *resource) error { return c.objectResponse(s, q, prefer, m) })
	if errors.Is(err, errTooMany) {
		err = c.truncated(s, res)
	}
	return finish(s, err)
}

// reportSearchProperties answers a principal-search-property-set (RFC 3744 section 9.5).
func (h *Handler) reportSearchProperties(w http.ResponseWriter, r *request, _ *resource, _ *dav.Element) error {
	if err := shallow(r); err != nil {
		return err
	}
	b := &dav.Buffer{}
	root := dav.DAV("principal-search-property-set")
	b.StartDocument(root)
	for _, s := range searchable {
		b.Open(dav.DAV("principal-search-property"))
		b.Open(dav.DAV("prop"))
		b.Empty(s.name)
		b.Close(dav.DAV("prop"))
		b.Raw(`<D:description xml:lang="en">`)
		b.Text(s.about)
		b.Raw(`</D:description>`)
		b.Close(dav.DAV("principal-search-property"))
	}
	b.EndDocument(root)
	return sendXML(w, http.StatusOK, b)
}
