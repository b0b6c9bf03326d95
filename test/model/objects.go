package model

import (
	"context"
	"fmt"
	"net/http"

	"convene/test/harness"
)

var (
	created   = []int{http.StatusCreated}
	replaced  = []int{http.StatusNoContent, http.StatusOK}
	untouched = []int{http.StatusPreconditionFailed}
	uidTaken  = harness.CalDAV("no-uid-conflict")
)

// put creates an object or updates one, with the right condition, another right condition or none.
func (w *World) put(ctx context.Context) (Effect, error) {
	e := Effect{Name: "PUT"}
	coll, name := w.anyColl(), w.anyName()
	path := coll + name
	before, exists := w.Colls[coll][path]
	obj := w.Event(before.UID)
	want, headers := created, []string{}
	switch {
	case exists && w.Rand.IntN(2) == 0:
		want, headers = replaced, []string{"If-Match", before.ETag}
	case exists:
		want = replaced
	case w.Rand.IntN(2) == 0:
		headers = []string{"If-None-Match", "*"}
	}
	resp, err := w.send(ctx, want, "PUT", path, obj.Data, headers...)
	if err != nil {
		return e, err
	}
	return e, w.stored(ctx, &e, coll, path, obj, resp)
}

// stored notes a PUT that succeeded: it must have answered with the ETag that GET answers with.
func (w *World) stored(ctx context.Context, e *Effect, coll, path string, obj Object, resp *harness.Response) error {
	got, err := w.send(ctx, []int{http.StatusOK}, "GET", path, "")
	if err != nil {
		return err
	}
	if obj.ETag = resp.ETag(); obj.ETag == "" || obj.ETag != got.ETag() || string(got.Body) != obj.Data {
		return fmt.Errorf("PUT %s answered ETag %q, GET %q with\n%s\nwant\n%s", path, obj.ETag, got.ETag(), got.Body, obj.Data)
	}
	w.Colls[coll][path] = obj
	e.change(coll, path)
	return nil
}

// putStale sends conditions that do not hold.
func (w *World) putStale(ctx context.Context) (Effect, error) {
	e := Effect{Name: "PUT with a condition that fails"}
	coll, name := w.anyColl(), w.anyName()
	before, exists := w.Colls[coll][coll+name]
	headers := []string{"If-Match", `"0123456789abcdef"`}
	switch {
	case exists && w.Rand.IntN(2) == 0:
		headers = []string{"If-None-Match", "*"}
	case !exists && w.Rand.IntN(2) == 0:
		headers = []string{"If-Match", "*"}
	}
	_, err := w.send(ctx, untouched, "PUT", coll+name, w.Event(before.UID).Data, headers...)
	return e, err
}

// putUIDConflict sends a UID under a second name, or another UID under a taken name (RFC 4791 section 5.3.2.1).
func (w *World) putUIDConflict(ctx context.Context) (Effect, error) {
	e := Effect{Name: "PUT with a UID conflict"}
	coll, path, ok := w.anyObject()
	if !ok {
		return e, nil
	}
	if w.Rand.IntN(2) == 0 {
		return e, w.refused(ctx, uidTaken, "PUT", path, w.Event("").Data)
	}
	second := coll + w.anyName()
	if second == path {
		return e, nil
	}
	return e, w.refused(ctx, uidTaken, "PUT", second, w.Event(w.Colls[coll][path].UID).Data)
}

// putIfToken makes a PUT depend on the sync token of a collection (RFC 6578 section 5).
func (w *World) putIfToken(ctx context.Context) (Effect, error) {
	e := Effect{Name: "PUT with a sync token in If"}
	coll, name := w.anyColl(), w.anyName()
	all, err := w.Client.Collections(ctx, w.Client.Home())
	if err != nil {
		return e, err
	}
	token := all[coll].SyncToken
	before, exists := w.Colls[coll][coll+name]
	want := created
	if exists {
		want = replaced
	}
	condition := fmt.Sprintf("<%s> (<%s>)", coll, token)
	obj := w.Event(before.UID)
	resp, err := w.send(ctx, want, "PUT", coll+name, obj.Data, "If", condition)
	if err != nil {
		return e, err
	}
	if err := w.stored(ctx, &e, coll, coll+name, obj, resp); err != nil {
		return e, err
	}
	_, err = w.send(ctx, untouched, "PUT", coll+name, w.Event(obj.UID).Data, "If", condition) // the token is old now
	return e, err
}

func (w *World) delete(ctx context.Context) (Effect, error) {
	e := Effect{Name: "DELETE"}
	coll, path, ok := w.anyObject()
	if !ok {
		return e, nil
	}
	var headers []string
	if w.Rand.IntN(2) == 0 {
		headers = []string{"If-Match", w.Colls[coll][path].ETag}
	}
	if _, err := w.send(ctx, []int{http.StatusNoContent}, "DELETE", path, "", headers...); err != nil {
		return e, err
	}
	delete(w.Colls[coll], path)
	e.remove(coll, path)
	_, err := w.send(ctx, []int{http.StatusNotFound}, "DELETE", path, "")
	return e, err
}

func (w *World) deleteStale(ctx context.Context) (Effect, error) {
	e := Effect{Name: "DELETE with a condition that fails"}
	_, path, ok := w.anyObject()
	if !ok {
		return e, nil
	}
	_, err := w.send(ctx, untouched, "DELETE", path, "", "If-Match", `"0123456789abcdef"`)
	return e, err
}

func (w *World) move(ctx context.Context) (Effect, error) { return w.transfer(ctx, "MOVE") }
func (w *World) copy(ctx context.Context) (Effect, error) { return w.transfer(ctx, "COPY") }

// transfer moves or copies an object to a random name: a free one, a taken one, or one where its UID may not go.
func (w *World) transfer(ctx context.Context, method string) (Effect, error) {
	e := Effect{Name: method}
	from, path, ok := w.anyObject()
	if !ok {
		return e, nil
	}
	to, overwrite := w.anyColl(), w.pick([]string{"T", "F"})
	if w.Rand.IntN(3) == 0 {
		to = from
	}
	dest := to + w.anyName()
	if dest == path {
		return e, nil
	}
	obj := w.Colls[from][path]
	victim, taken := w.Colls[to][dest]
	other := w.holder(to, obj.UID)
	headers := []string{"Destination", w.Client.Base + dest, "Overwrite", overwrite}
	want := created
	switch {
	case taken && overwrite == "F":
		_, err := w.send(ctx, untouched, method, path, "", headers...)
		return e, err
	case taken && victim.UID != obj.UID,
		other != "" && other != dest && (method == "COPY" || other != path):
		return e, w.refused(ctx, uidTaken, method, path, "", headers...)
	case taken:
		want = replaced
	}
	if _, err := w.send(ctx, want, method, path, "", headers...); err != nil {
		return e, err
	}
	if method == "MOVE" {
		delete(w.Colls[from], path)
		e.remove(from, path)
	}
	return e, w.arrived(ctx, &e, to, dest, obj)
}

// arrived notes an object at its destination; its ETag may be another there.
func (w *World) arrived(ctx context.Context, e *Effect, to, dest string, obj Object) error {
	resp, err := w.send(ctx, []int{http.StatusOK}, "GET", dest, "")
	if err != nil {
		return err
	}
	if string(resp.Body) != obj.Data {
		return fmt.Errorf("%s to %s: got\n%s\nwant\n%s", e.Name, dest, resp.Body, obj.Data)
	}
	obj.ETag = resp.ETag()
	w.Colls[to][dest] = obj
	e.change(to, dest)
	return nil
}
