package caldav

import (
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
	{dav.CalDAV("calendar-user-address-set"), store.FieldAddress, "Calendar user addresses"},
	{dav.CS("email-address-set"), store.FieldAddress, "E-mail addresses"},
}

// maxPrincipals bounds the answer to a search: clients ask anew with each letter that a person types.
const maxPrincipals = 200

// reportPrincipalSearch answers a principal-property-search (RFC 3744 section 9.4).
func (h *Handler) reportPrincipalSearch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	filter := store.Filter{Kinds: kindsBelow(res)}
	if test, ok := body.Attr("test"); ok { // CalendarServer's extension: anyof, allof
		filter.Any = strings.EqualFold(test, "anyof")
	}
	filter.Kinds = kindsOfType(body, filter.Kinds)
	for e := range body.All(dav.DAV("property-search")) {
		match := e.Child(dav.DAV("match"))
		prop := e.Child(dav.DAV("prop"))
		if match == nil || prop == nil || len(prop.Children) == 0 {
			return badRequest("a DAV:property-search has a DAV:prop with a property and a DAV:match")
		}
		text, how := strings.TrimSpace(match.Text), matchType(match)
		var fields []store.Match
		for _, p := range prop.Children {
			for _, s := range searchable {
				if s.name == p.Name {
					fields = append(fields, store.Match{Field: s.field, How: how, Text: text})
				}
			}
		}
		if len(fields) == 0 { // RFC 3744 section 9.4: a property that cannot be searched never matches
			if !filter.Any {
				return h.sendPrincipals(w, r, body, nil)
			}
			continue
		}
		filter.Match = append(filter.Match, fields...)
	}
	if len(filter.Match) == 0 {
		return badRequest("a principal-property-search has at least one DAV:property-search")
	}
	return h.search(w, r, body, filter)
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

func (h *Handler) search(w http.ResponseWriter, r *request, body *dav.Element, filter store.Filter) error {
	filter.Limit = maxPrincipals
	var found []*store.Principal
	err := h.db.Principals(r.Context(), filter, func(p *store.Principal) error {
		found = append(found, p)
		return nil
	})
	if err != nil {
		return err
	}
	return h.sendPrincipals(w, r, body, found)
}

// reportCalendarServerSearch answers CalendarServer's calendarserver-principal-search: words that must all occur in the name or the
// addresses.
func (h *Handler) reportCalendarServerSearch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
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
	if len(filter.Match) == 0 {
		return h.sendPrincipals(w, r, body, nil)
	}
	return h.search(w, r, body, filter)
}

// sendPrincipals answers with the properties asked for of each principal.
func (h *Handler) sendPrincipals(w http.ResponseWriter, r *request, body *dav.Element, found []*store.Principal) error {
	q, err := parseReportProps(body)
	if err != nil {
		return err
	}
	prefer := dav.ParsePrefer(r.Header)
	b := &dav.Buffer{}
	c := &propContext{ctx: r.Context(), h: h, b: b, who: r.who}
	b.StartMultistatus()
	for _, p := range found {
		c.res = principalResource(p)
		c.response(q, prefer)
	}
	b.EndMultistatus()
	if c.err != nil {
		return c.err
	}
	sendMultistatus(w, prefer, b.B)
	return nil
}

// reportPrincipalMatch answers a principal-match (RFC 3744 section 9.3): which principals below the URL the asking one is, itself or as
// a member; with DAV:principal-property, which resources below it have that property naming it.
func (h *Handler) reportPrincipalMatch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	var matching []*resource
	switch {
	case r.who == nil:
	case body.Child(dav.DAV("self")) != nil:
		self := append([]store.PrincipalID{r.who.ID}, r.who.MemberOf...)
		for _, id := range self {
			p, err := h.db.PrincipalByID(r.Context(), id)
			if err != nil {
				return err
			}
			if isBelow(res, p) {
				matching = append(matching, principalResource(p))
			}
		}
	case body.Child(dav.DAV("principal-property")).Child(dav.DAV("owner")) != nil:
		if res.place == placeHome && res.principal.ID == r.who.ID {
			c := &propContext{ctx: r.Context(), h: h, who: r.who, res: res}
			members, err := c.members()
			if err != nil {
				return err
			}
			matching = append(append(matching, res), members...)
		}
	case body.Child(dav.DAV("principal-property")) == nil:
		return badRequest("a principal-match has DAV:self or DAV:principal-property")
	}
	q, err := parseReportProps(body)
	if err != nil {
		return err
	}
	b := &dav.Buffer{}
	prefer := dav.ParsePrefer(r.Header)
	c := &propContext{ctx: r.Context(), h: h, b: b, who: r.who}
	b.StartMultistatus()
	for _, c.res = range matching {
		c.response(q, prefer)
	}
	b.EndMultistatus()
	if c.err != nil {
		return c.err
	}
	sendMultistatus(w, prefer, b.B)
	return nil
}

// isBelow says whether a principal's URL is at or below that of res.
func isBelow(res *resource, p *store.Principal) bool {
	switch res.place {
	case placeRoot:
		return true
	case placePrincipals:
		return res.kind == "" || res.kind == p.Kind
	case placePrincipal:
		return res.principal.ID == p.ID
	}
	return false
}

// reportSearchProperties answers a principal-search-property-set (RFC 3744 section 9.5).
func (h *Handler) reportSearchProperties(w http.ResponseWriter, r *request, _ *resource, _ *dav.Element) error {
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
