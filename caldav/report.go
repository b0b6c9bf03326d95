package caldav

import (
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// reportHandler answers one report. res may be read by the asking principal, or its busy time if the report says that this is
// enough; res.obj is set if it is an object.
type reportHandler func(h *Handler, w http.ResponseWriter, r *request, res *resource, body *dav.Element) error

// reportTable lists the reports (RFC 3253 section 3.6) with the resources that have them.
var reportTable []report

type report struct {
	name   dav.Name
	needs  acl.Action
	on     func(*resource) bool
	handle reportHandler
}

func init() { // here, since the handlers lead back to the table by DAV:supported-report-set
	reportTable = []report{
		{dav.CalDAV("calendar-query"), acl.ReadResource, hasObjects, (*Handler).reportQuery},
		{dav.CalDAV("calendar-multiget"), acl.ReadResource, hasObjects, (*Handler).reportMultiget},
		{dav.CalDAV("free-busy-query"), acl.ReadBusy, hasBusyTime, (*Handler).reportFreeBusy},
		{dav.DAV("sync-collection"), acl.ReadResource, func(res *resource) bool { return res.obj == nil && syncable(res.coll) }, (*Handler).reportSync},
		{dav.DAV("expand-property"), acl.ReadResource, anywhere, (*Handler).reportExpand},
		{dav.DAV("principal-property-search"), acl.ReadResource, anywhere, (*Handler).reportPrincipalSearch},
		{dav.CS("calendarserver-principal-search"), acl.ReadResource, anywhere, (*Handler).reportCalendarServerSearch},
		{dav.DAV("principal-search-property-set"), acl.ReadResource, anywhere, (*Handler).reportSearchProperties},
		{dav.DAV("acl-principal-prop-set"), acl.ReadResource, func(res *resource) bool { return res.home != nil }, (*Handler).reportACLPrincipals},
		{dav.DAV("principal-match"), acl.ReadResource, anywhere, (*Handler).reportPrincipalMatch},
	}
}

// anywhere: but on published calendars, where nothing is told of principals.
func anywhere(res *resource) bool { return res.published == nil }

// hasObjects: on calendars and their objects (RFC 4791 section 7), and on the home for clients that ask for all its calendars.
func hasObjects(res *resource) bool {
	return res.place == placeHome || res.coll != nil && res.coll.Kind != store.KindOutbox && res.coll.Kind != store.KindCollection && res.coll.Kind != store.KindNotices
}

func hasBusyTime(res *resource) bool {
	return res.obj == nil && (res.place == placeHome || res.coll != nil && isCalendar(res.coll))
}

func (h *Handler) handleReport(w http.ResponseWriter, r *request) error {
	res, err := h.reportable(r)
	if err != nil {
		return err
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body == nil {
		return badRequest("a REPORT needs a body that says which")
	}
	if _, err := dav.ParseDepth(r.Header, dav.Depth0); err != nil {
		return err
	}
	rep := findReport(body.Name)
	if r.target.place == placeObject { // who may see busy time only is not to find objects by their URLs (RFC 4791 section 7.10)
		rep.needs = acl.ReadResource
	}
	if err := res.allow(r.who, rep.needs); err != nil {
		return err
	}
	if res.place == placeObject {
		if err := h.loadObject(r.Context(), res); err != nil {
			return err
		}
	}
	if rep.on == nil || !rep.on(res) {
		return forbidden(dav.DAV("supported-report"), "the report %s is not to be had here", body.Name)
	}
	h.countReport(body.Name.Local)
	return rep.handle(h, w, r, res, body)
}

// reportable finds what a report is asked of. Whoever may know nothing of it is told so before a body is read; whoever may know that it
// exists hears which privilege the report lacks.
func (h *Handler) reportable(r *request) (*resource, error) {
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return nil, err
	}
	if r.target.place >= placeCollection && res.coll == nil {
		return nil, unknown(r.who)
	}
	if err := res.allow(r.who, acl.ReadBusy); err != nil && (r.who == nil || !res.rights.Has(acl.Lookup)) {
		return nil, err
	}
	return res, nil
}

// findReport returns the report of a name. One that there is not is the zero report, which needs acl.ReadResource: whoever may not
// read learns nothing.
func findReport(name dav.Name) report {
	for _, rep := range reportTable {
		if rep.name == name {
			return rep
		}
	}
	return report{}
}
