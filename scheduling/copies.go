package scheduling

import (
	"context"
	"slices"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// copied is somebody's copy of the object that a transaction is about.
type copied struct {
	home    *store.Home
	coll    *store.Collection // where it lies, or will lie
	obj     *store.Object     // as it is stored; nil: it is not
	cal     *ical.Object      // what it says; nil until it is read
	writing bool              // it is being written by a client: whoever does that stores it in the end
}

// read reads what is stored.
func (cp *copied) read() (err error) {
	if cp.cal == nil {
		cp.cal, err = ical.ParseObject(cp.obj.Data, ical.StoredLimits)
	}
	return err
}

// begin turns to an object: own are the copies of its owner, no others.
func (w *Work) begin(uid string, owner store.PrincipalID, own ...*copied) {
	w.uid, w.made = uid, map[*ical.Object]*made{}
	w.copies = map[store.PrincipalID][]*copied{owner: own}
}

// load finds the copies in homes that the transaction holds.
func (w *Work) load(ctx context.Context, uid string, owners []store.PrincipalID) error {
	if w.uid != uid {
		w.uid, w.made, w.copies = uid, map[*ical.Object]*made{}, map[store.PrincipalID][]*copied{}
	}
	missing := slices.DeleteFunc(slices.Clone(owners), func(id store.PrincipalID) bool {
		_, known := w.copies[id]
		return known
	})
	if len(missing) == 0 {
		return nil
	}
	found, err := w.Tx.CopiesOf(ctx, uid, missing...)
	if err != nil {
		return err
	}
	for _, id := range missing {
		home := w.Tx.Home(id)
		w.copies[id] = nil
		for _, o := range found[id] {
			w.copies[id] = append(w.copies[id], &copied{home: home, coll: home.CollectionByID(o.Collection), obj: o})
		}
	}
	return nil
}

// standing orders answers by how much they say that a copy is the one that its owner goes by.
var standing = map[string]int{"ACCEPTED": 3, "COMPLETED": 3, "IN-PROCESS": 3, "TENTATIVE": 2, "DELEGATED": 1}

// copyOf is the copy of the owner of a home that a message is about, nil if there is none: of several the one that the owner has accepted
// (the others are left as they are), or the first.
func (w *Work) copyOf(home *store.Home) (*copied, error) {
	var best *copied
	most := -1
	list := w.copies[home.Owner.ID]
	for _, cp := range list {
		if len(list) == 1 {
			return cp, cp.read()
		}
		if err := cp.read(); err != nil {
			return nil, err
		}
		if n := standing[itip.PartStat(w.context(home.Owner), cp.cal)]; n > most {
			best, most = cp, n
		}
	}
	return best, nil
}

// keep stores what a message has made of a copy. quiet: its schedule tag stays (RFC 6638 section 3.2.10).
func (w *Work) keep(ctx context.Context, cp *copied, cal *ical.Object, quiet bool) error {
	cp.cal = cal
	if cp.writing {
		return nil
	}
	in := store.NewObject{UID: cal.UID, Component: cal.Component, ETag: store.ETagOf(cal.Raw()), Data: cal.Raw()}
	in.ScheduleTag = in.ETag
	var err error
	if in.Index, err = cal.Index(w.Tx.Now(), cp.coll.Zone, cp.home.Owner.Is); err != nil {
		return err
	}
	if cp.obj == nil {
		in.Name = store.NewObjectName()
		cp.obj, err = w.Tx.Add(ctx, cp.coll, in)
		w.copies[cp.home.Owner.ID] = append(w.copies[cp.home.Owner.ID], cp)
		return err
	}
	if quiet && cp.obj.ScheduleTag != "" {
		in.ScheduleTag = cp.obj.ScheduleTag
	}
	in.Name = cp.obj.Name
	cp.obj, err = w.Tx.Put(ctx, cp.coll, in)
	return err
}

// made is what is the same for all who get one message.
type made struct {
	inbox *store.NewObject // the item for Inboxes
	fresh *itip.Result     // for those who have no copy yet, if it is the same for all
	cal   *ical.Object     // of fresh
}

func (w *Work) madeOf(o *ical.Object) *made {
	m := w.made[o]
	if m == nil {
		m = &made{}
		w.made[o] = m
	}
	return m
}

// receive takes a message into a copy (nil: there is none). cal is the new copy, nil if it stays as it is.
func (w *Work) receive(owner *store.Principal, cp *copied, m itip.Message) (result itip.Result, cal *ical.Object, err error) {
	var stored *ical.Object
	if cp != nil {
		stored = cp.cal
	}
	known := w.madeOf(m.Object)
	if stored == nil && m.Method == itip.Request && known.fresh != nil {
		return *known.fresh, known.cal, nil
	}
	result, err = itip.Receive(w.context(owner), stored, m)
	if err != nil || result.Object == nil || result.Outcome == itip.Unknown {
		return result, nil, err
	}
	if cal, err = ical.ParseObject(result.Object, ical.StoredLimits); err == nil && stored == nil && result.Same {
		known.fresh, known.cal = &result, cal
	}
	return result, cal, err
}

// toInbox leaves a message in an Inbox, for clients to tell people of it (RFC 6638 section 4.1). Several about one UID may lie there.
func (w *Work) toInbox(ctx context.Context, inbox *store.Collection, m itip.Message) error {
	known := w.madeOf(m.Object)
	if known.inbox == nil {
		data := m.Bytes()
		known.inbox = &store.NewObject{Component: m.Object.Component, ETag: store.ETagOf(data), Data: data}
		known.inbox.Index.Class = m.Object.Class()
	}
	item := *known.inbox
	item.Name = store.NewObjectName()
	_, err := w.Tx.Add(ctx, inbox, item)
	return err
}
