package caldav

import (
	"context"

	"convene/store"
)

// The ways to the objects of a collection: those of store.DB, but as the asking principal may see them. No report or method reads objects
// in another way.

// object returns the object called name. store.ErrNotFound: there is none.
func (h *Handler) object(ctx context.Context, res *resource, name string) (*store.Object, error) {
	o, err := h.db.Object(ctx, res.coll, name)
	if err != nil || res.plain() {
		return o, err
	}
	if err := h.fetchOverlays(ctx, res, []string{name}, true); err != nil {
		return nil, err
	}
	return res.seen(o, res.mount.overlay(name))
}

// objects lists a collection by name, without data.
func (h *Handler) objects(ctx context.Context, res *resource, detail store.Detail, fn func(*store.Object) error) error {
	show, err := h.shower(ctx, res, nil, false, fn)
	if err != nil {
		return err
	}
	return h.db.Objects(ctx, res.coll, detail, show)
}

// queryAll lists the objects of a component or a UID ("": any), with their data.
func (h *Handler) queryAll(ctx context.Context, res *resource, component, uid string, fn func(*store.Object) error) error {
	show, err := h.shower(ctx, res, nil, true, fn)
	if err != nil {
		return err
	}
	return h.db.QueryAll(ctx, res.coll, component, uid, show)
}

// queryRange lists the objects that happen in a span of time; see [store.DB.QueryRange].
func (h *Handler) queryRange(ctx context.Context, res *resource, q store.RangeQuery, fn func(o *store.Object, verify bool) error) error {
	if res.plain() {
		return h.db.QueryRange(ctx, res.coll, q, fn)
	}
	q.WithData = true
	var certain bool // of the object that is shown
	show, err := h.shower(ctx, res, nil, true, func(o *store.Object) error { return fn(o, !certain) })
	if err != nil {
		return err
	}
	return h.db.QueryRange(ctx, res.coll, q, func(o *store.Object, verify bool) error {
		certain = !verify && !res.hides(o)
		return show(o)
	})
}

// objectsByName calls fn for those of the named objects that there are, in any order, each once.
func (h *Handler) objectsByName(ctx context.Context, res *resource, names []string, data bool, fn func(*store.Object) error) error {
	show, err := h.shower(ctx, res, names, data, fn)
	if err != nil {
		return err
	}
	return h.db.ObjectsByName(ctx, res.coll, names, data, show)
}

// shower returns fn for objects as they are stored: what fn is given is what the asking principal may see of them. names are those that
// will be asked for, nil for all. An object that cannot be read is logged, and not shown where something of it would have to be hidden.
func (h *Handler) shower(ctx context.Context, res *resource, names []string, data bool, fn func(*store.Object) error) (func(*store.Object) error, error) {
	if res.plain() {
		return fn, nil
	}
	if err := h.fetchOverlays(ctx, res, names, data); err != nil {
		return nil, err
	}
	return func(o *store.Object) error {
		s, err := res.seen(o, res.mount.overlay(o.Name))
		if isICal(err) {
			h.unreadable(ctx, o, err)
			return nil
		}
		if err != nil {
			return err
		}
		return fn(s)
	}, nil
}

// fetchOverlays reads the sharee's parts of objects, before a query is begun that needs them: who waits for a second connection to the
// database while holding one may wait for others who do the same.
func (h *Handler) fetchOverlays(ctx context.Context, res *resource, names []string, data bool) error {
	if res.mount == nil {
		return nil
	}
	found, err := h.db.Overlays(ctx, res.mount.coll, names, data)
	res.mount.overlays = found
	return err
}

// overlay is the sharee's part of an object that was asked for, nil if there is none.
func (m *mount) overlay(name string) *store.Overlay {
	if m == nil {
		return nil
	}
	if o, ok := m.overlays[name]; ok {
		return &o
	}
	return nil
}
