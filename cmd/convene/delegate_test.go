package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/test/harness"
)

// soonAnswers wants a status of a request within a few seconds, as soon does.
func soonAnswers(t *testing.T, c *harness.Client, status int, method, path, body string, headers ...string) *harness.Response {
	t.Helper()
	var r *harness.Response
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if r = c.Request(t, method, path, body, headers...); r.Status == status {
			return r
		}
	}
	t.Fatalf("%s %s after five seconds: %s, want %d", method, path, r, status)
	return nil
}

func TestDelegateCommands(t *testing.T) {
	ann, bob := running.NewUser(t), running.NewUser(t)
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics", harness.Event("a@x", "A", harness.Day(1)))
	asBob := func(want int, method, path, body string) {
		t.Helper()
		soonAnswers(t, bob, want, method, path, body)
	}
	asBob(404, "GET", ann.Default()+"a.ics", "")
	if out := must(t, "", "delegate", "add", ann.User, bob.User); !strings.Contains(out, bob.User+" reads the calendars of "+ann.User) {
		t.Errorf("got %q", out)
	}
	asBob(200, "GET", ann.Default()+"a.ics", "")
	asBob(403, "PUT", ann.Default()+"b.ics", harness.Event("b@x", "B", harness.Day(1)))
	must(t, "", "delegate", "add", ann.User, bob.User, "--write")
	asBob(201, "PUT", ann.Default()+"b.ics", harness.Event("b@x", "B", harness.Day(1)))
	want := []delegateRow{{ann.User, bob.User, "user", true}}
	for _, name := range []string{ann.User, bob.User} {
		if got := list[delegateRow](t, "delegate", "list", name); !slices.Equal(got, want) {
			t.Errorf("of %s: got %v", name, got)
		}
	}
	must(t, "", "delegate", "remove", ann.User, bob.User)
	asBob(404, "GET", ann.Default()+"a.ics", "")
	fails(t, exitFailure, "is no delegate", "", "delegate", "remove", ann.User, bob.User)
	fails(t, exitFailure, "only other users", "", "delegate", "add", ann.User, ann.User)
	fails(t, exitFailure, "there is no account", "", "delegate", "add", ann.User, "nobody")
	must(t, "", "group", "add", "helpers")
	fails(t, exitFailure, "nobody's", "", "delegate", "add", "helpers", ann.User)
	must(t, "", "group", "member", "add", "helpers", bob.User)
	must(t, "", "delegate", "add", ann.User, "helpers")
	asBob(200, "GET", ann.Default()+"a.ics", "")
	must(t, "", "group", "remove", "helpers", "--yes")
	asBob(404, "GET", ann.Default()+"a.ics", "")
}

func TestPublishCommands(t *testing.T) {
	ann := running.NewUser(t)
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics", harness.Event("a@x", "Told", harness.Day(1)))
	anybody := func(want int, url string) string {
		t.Helper()
		return string(soonAnswers(t, ann, want, "GET", url, "", "Authorization", "").Body)
	}
	publish := func(args ...string) (url, caldav string) {
		t.Helper()
		lines := strings.Fields(must(t, "", append([]string{"calendar", "publish", ann.User, "Default"}, args...)...))
		if len(lines) != 2 {
			t.Fatalf("got %v", lines)
		}
		return lines[0], lines[1]
	}
	secret, caldav := publish()
	if again, _ := publish(); again != secret {
		t.Errorf("got %s, then %s", secret, again)
	}
	if body := anybody(200, secret); !strings.Contains(body, "Told") {
		t.Errorf("got %s", body)
	}
	if r := ann.Want(t, 207, "PROPFIND", caldav, "", "Depth", "1", "Authorization", ""); !strings.Contains(string(r.Body), caldav+"a.ics") {
		t.Errorf("got %s", r.Body)
	}
	busy, _ := publish("--busy-only", "--name", "when-"+ann.User)
	if body := anybody(200, busy); busy != "/published/when-"+ann.User+".ics" || strings.Contains(body, "Told") || !strings.Contains(body, "Busy") {
		t.Errorf("%s: got %s", busy, body)
	}
	publish("--name", "when-"+ann.User) // in full now
	if body := anybody(200, busy); !strings.Contains(body, "Told") {
		t.Errorf("got %s", body)
	}
	next, _ := publish("--rotate")
	anybody(404, secret)
	anybody(200, next)
	rows := list[publicationRow](t, "calendar", "published", ann.User)
	if len(rows) != 2 || rows[0].Secret || !rows[1].Secret || rows[1].URL != next || rows[0].BusyOnly || rows[0].Calendar != "Default" {
		t.Errorf("got %+v", rows)
	}
	if all := list[publicationRow](t, "calendar", "published"); len(all) < 2 {
		t.Errorf("got %+v", all)
	}
	other := running.NewUser(t)
	fails(t, exitFailure, "something else is published", "", "calendar", "publish", other.User, "Default", "--name", "when-"+ann.User)
	fails(t, exitUsage, "a name has letters", "", "calendar", "publish", ann.User, "Default", "--name", "no/name")
	fails(t, exitUsage, "can't be used together", "", "calendar", "publish", ann.User, "Default", "--name", "x", "--rotate")
	fails(t, exitFailure, "no calendar of its own", "", "calendar", "publish", ann.User, "Inbox")
	fails(t, exitFailure, "is not published so", "", "calendar", "unpublish", ann.User, "Default", "none")
	must(t, "", "calendar", "unpublish", ann.User, "Default", "when-"+ann.User)
	anybody(404, busy)
	anybody(200, next)
	must(t, "", "calendar", "unpublish", ann.User, "Default")
	anybody(404, next)
	fails(t, exitFailure, "is not published so", "", "calendar", "unpublish", ann.User, "Default")
}

func TestPublicCommands(t *testing.T) {
	ann := running.NewUser(t)
	must(t, "", "public", "create", "city", "--display-name", "The city")
	must(t, "", "calendar", "create", "city", "concerts")
	const concerts = "/dav/calendars/public/city/concerts/"
	r := soonAnswers(t, ann, 207, "PROPFIND", "/dav/calendars/public/city/", "", "Depth", "1", "Authorization", "")
	if !strings.Contains(string(r.Body), concerts) {
		t.Errorf("got %s", r.Body)
	}
	event := harness.Event("c@x", "Concert", harness.Day(1))
	ann.Want(t, 403, "PUT", concerts+"c.ics", event)
	must(t, "", "acl", "set", "city/concerts", ann.User, "lrwipktn9")
	soonAnswers(t, ann, 201, "PUT", concerts+"c.ics", event)
	ann.Want(t, 200, "GET", concerts+"c.ics", "", "Authorization", "")
	if rows := list[principalRow](t, "public", "list"); len(rows) != 1 || rows[0].Name != "city" || rows[0].DisplayName != "The city" {
		t.Errorf("got %+v", rows)
	}
	must(t, "", "public", "set", "city", "--display-name", "Town")
	if out := must(t, "", "public", "show", "city"); !strings.Contains(out, "Town") || !strings.Contains(out, "concerts") {
		t.Errorf("got %s", out)
	}
	fails(t, exitUsage, "nobody logs in", "secret\n", "public", "create", "town", "--stdin")
	fails(t, exitUsage, "nobody logs in", "", "app-password", "add", "city", "x")
	must(t, "", "public", "remove", "city", "--yes")
	soonAnswers(t, ann, 401, "GET", concerts+"c.ics", "", "Authorization", "")
}

// Reefknot 5.1: what is private is kept by the server, or only by the clients.
func TestPrivateEventsCommand(t *testing.T) {
	ann := running.NewUser(t)
	private := strings.Replace(harness.Event("p@x", "P", harness.Day(1)), "SUMMARY", "CLASS:PRIVATE\r\nSUMMARY", 1)
	ann.Want(t, 201, "PUT", ann.Default()+"p.ics", private)
	must(t, "", "user", "set", ann.User, "--private-events=clients")
	soonAnswers(t, ann, 403, "PUT", ann.Default()+"p.ics", private)
	ann.Want(t, 201, "PUT", ann.Default()+"q.ics", harness.Event("q@x", "Q", harness.Day(1)))
	rows := list[principalRow](t, "user", "list")
	if i := slices.IndexFunc(rows, func(r principalRow) bool { return r.Name == ann.User }); i < 0 || !rows[i].KeepPrivate {
		t.Errorf("got %+v", rows)
	}
	must(t, "", "user", "set", ann.User, "--private-events=server")
	soonAnswers(t, ann, http.StatusNoContent, "PUT", ann.Default()+"p.ics", private)
	fails(t, exitUsage, "must be one of", "", "user", "set", ann.User, "--private-events=nowhere")
	must(t, "", "user", "add", "quiet", "--no-password", "--private-events=clients")
	if out := must(t, "", "user", "show", "quiet"); !strings.Contains(out, "private events on its clients") {
		t.Errorf("got %s", out)
	}
	must(t, "", "user", "remove", "quiet", "--yes")
}
