package model

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

const mkcalendarBody = `<C:mkcalendar ` + harness.XMLNS + `><D:set><D:prop><D:displayname>%s</D:displayname></D:prop></D:set></C:mkcalendar>`

// mkcalendar makes a calendar, or finds its name taken (RFC 4791 section 5.3.1.1: DAV:resource-must-be-null).
func (w *World) mkcalendar(ctx context.Context) (Effect, error) {
	e := Effect{Name: "MKCALENDAR"}
	path := w.Client.Home() + w.pick(collections) + "/"
	body := fmt.Sprintf(mkcalendarBody, harness.Escape("made as "+path))
	if _, exists := w.Colls[path]; exists {
		_, err := w.send(ctx, []int{http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusConflict}, "MKCALENDAR", path, body)
		return e, err
	}
	if _, err := w.send(ctx, created, "MKCALENDAR", path, body); err != nil {
		return e, err
	}
	w.Colls[path] = map[string]Object{}
	e.Created = []string{path}
	return e, nil
}

// made draws one of the calendars that operations made: Default stays.
func (w *World) made() (path string, ok bool) {
	paths := slices.Sorted(maps.Keys(w.Colls))
	paths = slices.DeleteFunc(paths, func(p string) bool { return p == w.Client.Default() })
	if len(paths) == 0 {
		return "", false
	}
	return w.pick(paths), true
}

func (w *World) deleteCollection(ctx context.Context) (Effect, error) {
	e := Effect{Name: "DELETE of a collection"}
	path, ok := w.made()
	if !ok {
		return e, nil
	}
	if _, err := w.send(ctx, []int{http.StatusNoContent}, "DELETE", path, ""); err != nil {
		return e, err
	}
	delete(w.Colls, path)
	e.Deleted = []string{path}
	_, err := w.send(ctx, []int{http.StatusNotFound}, "PROPFIND", path, "", "Depth", "0")
	return e, err
}

func (w *World) moveCollection(ctx context.Context) (Effect, error) {
	return w.transferCollection(ctx, "MOVE")
}
func (w *World) copyCollection(ctx context.Context) (Effect, error) {
	return w.transferCollection(ctx, "COPY")
}

// transferCollection renames or copies a calendar with all it holds, to a free name.
func (w *World) transferCollection(ctx context.Context, method string) (Effect, error) {
	e := Effect{Name: method + " of a collection"}
	from, ok := w.made()
	to := w.Client.Home() + w.pick(collections) + "/"
	if !ok {
		return e, nil
	}
	if _, taken := w.Colls[to]; taken {
		if to == from {
			return e, nil
		}
		_, err := w.send(ctx, untouched, method, from, "", "Destination", w.Client.Base+to, "Overwrite", "F")
		return e, err
	}
	if _, err := w.send(ctx, created, method, from, "", "Destination", w.Client.Base+to, "Overwrite", "F"); err != nil {
		return e, err
	}
	copied, scratch := map[string]Object{}, Effect{Name: e.Name}
	objects := w.Colls[from]
	w.Colls[to] = copied
	for path, obj := range objects {
		if err := w.arrived(ctx, &scratch, to, to+strings.TrimPrefix(path, from), obj); err != nil {
			return e, err
		}
	}
	e.Created = []string{to}
	if method == "MOVE" {
		delete(w.Colls, from)
		e.Deleted = []string{from}
	}
	return e, nil
}

// proppatch changes properties, live and dead, of a calendar, and reads one back.
func (w *World) proppatch(ctx context.Context) (Effect, error) {
	e := Effect{Name: "PROPPATCH"}
	path := w.anyColl()
	w.serial++
	name := fmt.Sprintf("Name %d", w.serial)
	body := fmt.Sprintf(`<D:propertyupdate %s><D:set><D:prop><D:displayname>%s</D:displayname><A:calendar-color>#%06XFF</A:calendar-color>`+
		`<X:note xmlns:X="urn:example:x">%d</X:note></D:prop></D:set></D:propertyupdate>`, harness.XMLNS, name, w.serial, w.serial)
	if _, err := w.send(ctx, []int{http.StatusMultiStatus}, "PROPPATCH", path, body); err != nil {
		return e, err
	}
	all, err := w.Client.Collections(ctx, w.Client.Home())
	if err != nil {
		return e, err
	}
	if got := all[path].DisplayName; got != name {
		return e, fmt.Errorf("PROPPATCH %s: displayname is %q, want %q", path, got, name)
	}
	e.Properties = []string{path}
	return e, nil
}
