package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"convene/acl"
	"convene/ical"
	"convene/store"
)

// account is what "with" says of one.
type account struct {
	kind, name string // kind "": one that is there
	aka        []string
	members    []string
	admin      bool
	capacity   int
	location   string
	features   []string
	manager    string
	policy     []Line
}

// compileWith compiles "with".
func compileWith(s *Step, words []string) (func(*play) error, error) {
	a := &account{policy: s.Block}
	h := &head{words: words}
	if len(words) > 0 && slices.Contains([]string{"user", "room", "resource", "group"}, words[0]) {
		a.kind = h.take()
	}
	if a.name = h.take(); a.name == "" {
		return nil, errors.New("with whom?")
	}
	for len(h.words) > 0 {
		if err := a.option(h); err != nil {
			return nil, err
		}
	}
	if a.kind == "group" && len(a.members) == 0 {
		return nil, errors.New("a group of whom?")
	}
	return func(p *play) error { return p.with(a) }, noAnswers(s)
}

// option takes one of what may be said of an account.
func (a *account) option(h *head) (err error) {
	word := h.take()
	if word == "administrator" {
		a.admin = true
		return nil
	}
	if word == "aka" || word == "of" {
		list := &a.aka
		if word == "of" {
			list = &a.members
		}
		for len(h.words) > 0 && !slices.Contains([]string{"of", "aka", "administrator"}, h.words[0]) {
			if name := strings.TrimSuffix(h.take(), ","); name != "and" {
				*list = append(*list, name)
			}
		}
		return nil
	}
	value := h.take()
	switch {
	case value == "":
		return fmt.Errorf("what is %q?", word)
	case word == "capacity":
		a.capacity, err = strconv.Atoi(value)
	case word == "location":
		a.location = value
	case word == "features":
		a.features = strings.Split(value, ",")
	case word == "manager":
		a.manager = value
	default:
		return fmt.Errorf("what is %q?", word)
	}
	return err
}

// with sets up an account.
func (p *play) with(a *account) error {
	if p.on.db == nil {
		return errNotHere
	}
	if p.began {
		return errors.New("accounts are set up before anything happens")
	}
	if p.pp.get(a.name) == nil {
		if a.kind == "" {
			return fmt.Errorf("there is no %s", a.name)
		}
		written := append([]string{a.name + "@example.com"}, a.aka...)
		if err := p.on.create(p.ctx, p.pp, store.NewPrincipal{Kind: store.PrincipalKind(a.kind), Name: a.name}, written, a.members); err != nil {
			return err
		}
	} else if err := p.again(a); err != nil {
		return err
	}
	who, err := p.on.principal(p.ctx, p.pp, a.name)
	if err != nil {
		return err
	}
	_, err = p.on.db.UpdatePrincipal(p.ctx, who.ID, func(in *store.NewPrincipal) error { return p.describe(a, in) })
	return err
}

// again changes what an account that is there already is a member of or known as.
func (p *play) again(a *account) error {
	someone := p.pp.get(a.name)
	before := len(someone.addresses)
	p.pp.alias(someone, a.aka)
	who, err := p.on.principal(p.ctx, p.pp, a.name)
	if err != nil {
		return err
	}
	_, err = p.on.db.UpdatePrincipal(p.ctx, who.ID, func(in *store.NewPrincipal) error {
		for _, address := range someone.addresses[before:] {
			in.Addresses = append(in.Addresses, "mailto:"+address)
		}
		return nil
	})
	if err != nil || len(a.members) == 0 {
		return err
	}
	var ids []store.PrincipalID
	for _, name := range a.members {
		m, err := p.on.principal(p.ctx, p.pp, name)
		if err != nil {
			return err
		}
		ids = append(ids, m.ID)
	}
	return p.on.db.SetMembers(p.ctx, who.ID, ids)
}

// describe writes down what is said of an account.
func (p *play) describe(a *account, in *store.NewPrincipal) error {
	in.Admin = in.Admin || a.admin
	if a.capacity > 0 {
		in.Capacity = a.capacity
	}
	if a.location != "" {
		in.Location = a.location
	}
	if len(a.features) > 0 {
		in.Features = a.features
	}
	if a.manager != "" {
		manager, err := p.on.principal(p.ctx, p.pp, a.manager)
		if err != nil {
			return err
		}
		in.Manager = manager.ID
	}
	for _, line := range a.policy {
		in.Policy += p.policyLine(line.Text) + "\n"
	}
	return nil
}

// policyLine puts real names and addresses into a line of a policy.
func (p *play) policyLine(text string) string {
	text = p.pp.text(text)
	return words.ReplaceAllStringFunc(text, func(word string) string {
		if someone := p.pp.get(word); someone != nil && !strings.Contains(text, word+p.pp.suffix) {
			return someone.account
		}
		return word
	})
}

// compileGrant compiles "grants".
func compileGrant(s *Step, h *head) (func(*play) error, error) {
	on := h.option("on")
	whose, _, who, err := h.actor()
	letters := h.take()
	if err := errors.Join(err, h.end(), noBlock(s), noAnswers(s)); err != nil {
		return nil, err
	}
	var rights acl.Rights
	if letters != "nothing" {
		if rights, err = acl.ParseInput(letters); err != nil {
			return nil, err
		}
	}
	if on == "" {
		return nil, errors.New("on which collection?")
	}
	return func(p *play) error { return p.grant(whose, who, rights, on) }, nil
}

// grant puts an entry into the list of a collection in the place of the one that is there.
func (p *play) grant(whose, who string, rights acl.Rights, on string) error {
	if p.on.db == nil {
		return errNotHere
	}
	owner, err := p.on.principal(p.ctx, p.pp, whose)
	if err != nil {
		return err
	}
	switch someone := p.pp.get(who); {
	case someone == nil && who != acl.Anyone && who != acl.Owner:
		return fmt.Errorf("there is no %s", who)
	case someone == nil:
	case someone.kind == "group":
		who = acl.GroupMark + someone.account
	default:
		who = someone.account
	}
	if _, err := p.on.db.Home(p.ctx, owner.ID); err != nil { // makes it
		return err
	}
	_, err = store.InTx(p.ctx, p.on.db, []store.PrincipalID{owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		coll := tx.Home(owner.ID).Collection(on)
		if coll == nil {
			return nil, fmt.Errorf("%s has no %s", whose, on)
		}
		props := coll.Properties
		props.Rights = slices.DeleteFunc(slices.Clone(props.Rights), func(e acl.Entry) bool { return e.Who == who })
		props.Rights = append(props.Rights, acl.Entry{Who: who, Rights: rights})
		return tx.SetProperties(ctx, coll, props)
	})
	return err
}

// compileImport compiles "imports".
func compileImport(s *Step, h *head) (func(*play) error, error) {
	in := h.option("in")
	if in == "" {
		in = "Default"
	}
	who, _, object, err := h.actor()
	c, err2 := parseContent(s.Block)
	if err := errors.Join(err, err2, h.end(), noAnswers(s)); err != nil {
		return nil, err
	}
	return func(p *play) error {
		if p.on.db == nil {
			return errNotHere
		}
		p.tick()
		cal, err := c.make(p, p.uidOf(c, object), "")
		if err != nil {
			return err
		}
		return p.importTo(who, in, object+".ics", []byte(cal.raw))
	}, nil
}

// importTo stores an object as the command line's import does: past all scheduling.
func (p *play) importTo(who, coll, name string, raw []byte) error {
	owner, err := p.on.principal(p.ctx, p.pp, who)
	if err != nil {
		return err
	}
	if _, err := p.on.db.Home(p.ctx, owner.ID); err != nil { // makes it
		return err
	}
	objects, refused, err := ical.Split(raw, ical.Limits{})
	if err != nil || len(refused) > 0 {
		return errors.Join(err, fmt.Errorf("refused: %v", refused))
	}
	_, err = store.InTx(p.ctx, p.on.db, []store.PrincipalID{owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Object, error) {
		into := tx.Home(owner.ID).Collection(coll)
		if into == nil {
			return nil, fmt.Errorf("%s has no %s", who, coll)
		}
		obj, err := ical.ParseObject(objects[0].Raw, ical.Limits{})
		if err != nil {
			return nil, err
		}
		index, err := obj.Index(tx.Now(), into.Zone, into.Person.Is)
		if err != nil {
			return nil, err
		}
		return tx.Put(ctx, into, store.NewObject{
			Name: name, UID: obj.UID, Component: obj.Component, Data: objects[0].Raw, ETag: store.ETagOf(objects[0].Raw), Index: index,
		})
	})
	return err
}
