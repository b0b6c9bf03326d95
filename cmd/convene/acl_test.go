package main

import (
	"fmt"
	"strings"
	"testing"
)

// account adds an account for the length of a test.
func account(t *testing.T, name string) {
	t.Helper()
	must(t, "", "user", "add", name, "--no-password")
	t.Cleanup(func() { must(t, "", "user", "remove", name, "--yes") })
}

// The table of default rights, as it reads back on a fresh home.
func TestACLDefaults(t *testing.T) {
	account(t, "fresh")
	for path, want := range map[string]string{
		"fresh":               "owner lrwipkxtan9 DAV:all CALDAV:read-free-busy anyone 9 CALDAV:read-free-busy",
		"fresh/Default":       "owner lrwipkxtan9 DAV:all CALDAV:read-free-busy anyone 9 CALDAV:read-free-busy",
		"fresh/Attachments":   "owner lrwipkxtan DAV:all anyone lr DAV:read",
		"user/fresh/Inbox":    "owner lrwipkxtan789 DAV:all CALDAV:schedule-deliver anyone 789 CALDAV:schedule-deliver",
		"fresh/Outbox":        "owner lrwipkxtan789 DAV:all CALDAV:schedule-send",
		"fresh/Notifications": "owner lrwipkxtan DAV:all",
	} {
		var got []string
		for _, r := range list[aclRow](t, "acl", "show", path) {
			got = append(got, r.Who, r.Rights, strings.Join(r.Privileges, " "))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s\nwant %s", path, text, want)
		}
	}
}

func TestACLSet(t *testing.T) {
	account(t, "olga")
	account(t, "otto")
	must(t, "", "group", "add", "team")
	const base = "user/olga/Default: owner lrwipkxtan9 anyone 9"
	for _, step := range []struct{ args, want string }{
		{"set olga/Default otto lr", " otto lr"},
		{"set /dav/calendars/user/olga/Default/ otto +i", " otto lri"},
		{"set olga/Default group:team write", " otto lri group:team lrwipktn9"},
		{"set olga/Default otto r --negative", " otto lri group:team lrwipktn9 -otto r"},
		{"remove olga/Default otto --negative", " otto lri group:team lrwipktn9"},
		{"set olga/Default group:team none", " otto lri"},
		{"remove olga/Default OTTO", ""},
	} {
		if got := strings.TrimSpace(must(t, "", append([]string{"acl"}, strings.Fields(step.args)...)...)); got != base+step.want {
			t.Errorf("acl %s: %s\nwant %s", step.args, got, base+step.want)
		}
	}
	for _, test := range []struct {
		code          int
		message, args string
	}{
		{exitFailure, `there is no account, group, room or resource "nobody"`, "set olga/Default nobody lr"},
		{exitFailure, `there is no group "otto"`, "set olga/Default group:otto lr"},
		{exitUsage, "write group:team", "set olga/Default team lr"},
		{exitUsage, "q", "set olga/Default otto lrq"},
		{exitUsage, "5", "set olga/Default otto lr5"},
		{exitFailure, "is not on the list", "remove olga/Default otto"},
		{exitFailure, `has no calendar "none"`, "show olga/none"},
		{exitUsage, "neither a home", "show user/olga/Default/a.ics"},
		{exitFailure, `there is no room "olga"`, "show room/olga"},
	} {
		fails(t, test.code, test.message, "", append([]string{"acl"}, strings.Fields(test.args)...)...)
	}
}

func TestACLExplain(t *testing.T) {
	for _, name := range []string{"elsa", "emil"} {
		account(t, name)
	}
	must(t, "", "group", "add", "inner")
	must(t, "", "group", "add", "outer")
	must(t, "", "group", "member", "add", "inner", "emil")
	must(t, "", "group", "member", "add", "outer", "inner")
	must(t, "", "acl", "set", "elsa/Default", "group:outer", "lri")
	must(t, "", "acl", "set", "elsa/Default", "emil", "i", "--negative")
	text := must(t, "", "acl", "explain", "elsa/Default", "emil")
	for _, want := range []string{
		"emil has the rights lr9 on user/elsa/Default, and sees everything but what is private.",
		"group:outer lri gives lri, as to a member of inner, which is in outer; without it lr would be lost",
		"-emil i takes i, by name; without it there would be i too",
		"DAV:read", "PROPFIND",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %s\n%s", want, text)
		}
	}
	if text := must(t, "", "acl", "explain", "elsa/Outbox", "emil"); !strings.Contains(text, "emil has no rights on user/elsa/Outbox") ||
		!strings.Contains(text, "No entry of the list is about emil") {
		t.Errorf("of the Outbox: %s", text)
	}
	var sees []string
	for _, row := range list[seenRow](t, "acl", "show", "elsa", "--see-as", "anonymous") {
		sees = append(sees, fmt.Sprintf("%s %s", row.Path, row.Rights))
	}
	const want = "user/elsa 9, user/elsa/Attachments lr, user/elsa/Default 9, user/elsa/Inbox 789, user/elsa/Notifications , user/elsa/Outbox "
	if got := strings.Join(sees, ", "); got != want {
		t.Errorf("anonymous sees %s\nwant %s", got, want)
	}
}
