package store_test

import (
	"testing"

	"convene/store"
)

// The default calendar is the one chosen, then Default, then the first that takes what comes.
func TestDefaultCalendar(t *testing.T) {
	calendar := func(id store.CollectionID, name string, p store.Properties) *store.Collection {
		return &store.Collection{ID: id, Name: name, Kind: store.KindCalendar, Properties: p}
	}
	inbox := func(chosen store.CollectionID) *store.Collection {
		return &store.Collection{ID: 1, Name: "Inbox", Kind: store.KindInbox, Properties: store.Properties{DefaultCalendar: chosen}}
	}
	any, off := store.Properties{}, store.Properties{Unscheduled: true}
	tasks, events := store.Properties{Components: []string{"VTODO"}}, store.Properties{Components: []string{"VEVENT", "VJOURNAL"}}
	for _, c := range []struct {
		name          string
		collections   []*store.Collection // by name
		events, tasks string              // "": none
	}{
		{"none", nil, "", ""},
		{"Default", []*store.Collection{calendar(2, "Default", any), inbox(0)}, "Default", "Default"},
		{"Default after others", []*store.Collection{calendar(3, "A", any), calendar(2, "Default", any), inbox(0)}, "Default", "Default"},
		{"the one chosen", []*store.Collection{calendar(2, "Default", any), inbox(3), calendar(3, "Work", any)}, "Work", "Work"},
		{"chosen, for events only", []*store.Collection{calendar(2, "Default", any), inbox(3), calendar(3, "Work", events)}, "Work", "Default"},
		{"chosen, and gone", []*store.Collection{calendar(2, "Default", any), inbox(9)}, "Default", "Default"},
		{"chosen, and no calendar", []*store.Collection{calendar(2, "Default", any), inbox(1)}, "Default", "Default"},
		{"chosen, and excluded", []*store.Collection{calendar(2, "Default", any), inbox(3), calendar(3, "Work", off)}, "Default", "Default"},
		{"no Default: the first", []*store.Collection{inbox(0), calendar(2, "Tasks", tasks), calendar(3, "Work", any)}, "Work", "Tasks"},
		{"Default takes tasks only", []*store.Collection{calendar(2, "Default", tasks), inbox(0), calendar(3, "Work", events)}, "Work", "Default"},
		{"all are excluded", []*store.Collection{calendar(2, "Default", off), inbox(2), calendar(3, "Work", off)}, "", ""},
		{"a calendar of somebody else", []*store.Collection{inbox(2), {ID: 2, Name: "Theirs", Kind: store.KindShared}}, "", ""},
	} {
		home := &store.Home{Collections: c.collections}
		for component, want := range map[string]string{"VEVENT": c.events, "VTODO": c.tasks} {
			got := ""
			if found := home.DefaultCalendar(component); found != nil {
				got = found.Name
			}
			if got != want {
				t.Errorf("%s: %s go into %q, want %q", c.name, component, got, want)
			}
		}
	}
}
