package rights

import (
	"math/rand/v2"
	"slices"
	"testing"

	"convene/acl"
	"convene/test/rights/oracle"
)

// actions are those of package acl, by the cells of the table that they stand for.
var actions = []struct {
	action  acl.Action
	methods []string
}{
	{acl.ReadResource, []string{"GET/HEAD"}},
	{acl.ReadResource, []string{"COPY/MOVE (on source)"}},
	{acl.ReadResource, []string{"PROPFIND"}},
	{acl.ReadResource, []string{"REPORT"}},
	{acl.ReadBusy, []string{"REPORT (CALDAV:free-busy-query ONLY)", "REPORT"}},
	{acl.ReadBusy, []string{"GET/HEAD (Freebusy URLs ONLY)", "GET/HEAD"}},
	{acl.WriteProperties, []string{"PROPPATCH"}},
	{acl.WriteProperties, []string{"COPY/MOVE (on destination)"}},
	{acl.WriteContent, []string{"PUT"}},
	{acl.WriteContent, []string{"COPY/MOVE (on destination resource)"}},
	{acl.WriteContent, []string{"LOCK"}},
	{acl.WriteContent, []string{"UNLOCK (lock owner ONLY)"}},
	{acl.AddMember, []string{"POST"}},
	{acl.MakeCollection, []string{"MKCOL"}},
	{acl.MakeCollection, []string{"MKCALENDAR"}},
	{acl.MakeCollection, []string{"COPY/MOVE (on destination collection)"}},
	{acl.RemoveCollection, []string{"DELETE (collection)"}},
	{acl.RemoveCollection, []string{"MOVE (on source collection)"}},
	{acl.RemoveResource, []string{"DELETE (resource)"}},
	{acl.RemoveResource, []string{"MOVE (on source resource)"}},
	{acl.ReadACL, []string{"PROPFIND (DAV:acl property ONLY)"}},
	{acl.WriteACL, []string{"ACL"}},
	{acl.Share, []string{oracle.Share}},
	{acl.UnlockAny, []string{"UNLOCK (ANY lock)"}},
	{acl.AskBusy, []string{"POST (by organizer on scheduling Outbox)"}},
	{acl.SendInvite, []string{"PUT/PATCH/DELETE (by organizer on calendar resource/collection)"}},
	{acl.SendReply, []string{"PUT/PATCH/DELETE (by attendee on calendar resource/collection)"}},
	{acl.DeliverInvite, []string{oracle.DeliverInvite}},
	{acl.DeliverReply, []string{oracle.DeliverReply}},
}

// kindOf are the kinds of collections that the rights to an action are looked up on, if not a calendar's.
var kindOf = map[acl.Action]string{
	acl.AskBusy: oracle.Outbox, acl.SendInvite: oracle.Outbox, acl.SendReply: oracle.Outbox,
	acl.DeliverInvite: oracle.Inbox, acl.DeliverReply: oracle.Inbox,
}

// Package acl alone comes to what the tables say: for every letter alone, and for 20,000 random lists, for everybody, in one's own home and in that of
// another.
func TestLists(t *testing.T) {
	for _, a := range acl.Actions() {
		if !slices.ContainsFunc(actions, func(row struct {
			action  acl.Action
			methods []string
		}) bool {
			return row.action == a
		}) {
			t.Errorf("no cell of the table is %s", a.Privilege())
		}
	}
	compared, r := 0, rand.New(rand.NewPCG(*seed, 2))
	for _, letter := range oracle.Letters {
		for _, who := range identifiers {
			compared += compareList(t, owners, []oracle.Entry{{Who: who, Rights: string(letter)}})
			compared += compareList(t, owners, []oracle.Entry{{Who: "anyone", Rights: oracle.Letters}, {Who: who, Negative: true, Rights: string(letter)}})
		}
	}
	for i := range 20_000 {
		compared += compareList(t, owners[i%2:i%2+1], randomList(r))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d decisions", compared)
}

// compareList holds every decision about a list against the tables, and the privileges of those who may ask
// for them, on one kind of collection after the other.
func compareList(t *testing.T, owners []string, entries []oracle.Entry) (compared int) {
	list, err := acl.ParseList(oracle.Print(entries))
	if err != nil {
		t.Fatal(err)
	}
	for _, owner := range owners {
		for _, p := range people {
			rights := list.Of(subject(p, owner))
			at := oracle.Place{Href: "/", Kind: oracle.Calendar, Owner: owner, List: entries}
			for _, a := range actions {
				at := at
				if kind, ok := kindOf[a.action]; ok {
					at.Kind = kind
				}
				want := relations.Decide(p, []oracle.Step{{Place: at, Methods: a.methods}}, 200)
				if got := answer(p, acl.Check(rights, a.action), a.action); got != want {
					t.Errorf("%s: %q in the home of %s, %v: got %v, want %v", list, p.Name, owner, a.methods, got, want)
				}
			}
			compared += len(actions)
			if rights.Has(acl.Lookup | acl.Read) {
				at.Kind = oracle.Kinds[(compared+len(list.String()))%len(oracle.Kinds)]
				comparePrivileges(t, list, at, p, rights)
			}
		}
	}
	return compared
}

// answer is how package caldav answers by a decision.
func answer(p oracle.Person, d acl.Decision, a acl.Action) oracle.Answer {
	switch {
	case d == acl.Allowed:
		return oracle.Answer{Status: 200}
	case p.Name == "":
		return oracle.Answer{Status: 401}
	case d == acl.Denied:
		return oracle.Answer{Status: 403, Href: "/", Privilege: a.Privilege().String()}
	}
	return oracle.Answer{Status: 404}
}

func comparePrivileges(t *testing.T, list acl.List, at oracle.Place, p oracle.Person, rights acl.Rights) {
	var got []string
	for _, held := range acl.Held(acl.Kind(kinds[at.Kind]), rights) {
		got = append(got, held.String())
	}
	slices.Sort(got)
	if want := relations.Privileges(p, at); !slices.Equal(got, want) {
		t.Errorf("%s: %q in the home of %s, %s: privileges %v, want %v", list, p.Name, at.Owner, at.Kind, got, want)
	}
}

// subject is a person as package acl has it.
func subject(p oracle.Person, owner string) acl.Subject {
	s := acl.Subject{Name: p.Name, Admin: p.Admin, Owner: p.Name != "" && p.Name == owner}
	for group := range relations.Members {
		if p.Name != "" && relations.In(p.Name, group) {
			s.Groups = append(s.Groups, group)
		}
	}
	switch {
	case slices.Contains(relations.Writers[owner], p.Name):
		s.Delegate = acl.WriteDelegate
	case slices.Contains(relations.Readers[owner], p.Name):
		s.Delegate = acl.ReadDelegate
	}
	return s
}
