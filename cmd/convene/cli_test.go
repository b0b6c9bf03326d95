package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/store/storetest"
	"convene/test/harness"
)

// running is the server beside most of the commands tested here.
var running *harness.Server

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{Own: true, Env: []string{"CONVENE_SCHEDULING_REFRESH_DELAY=1h"}}, func(s *harness.Server) { running = s })
}

// result is what a run of the binary left.
type result struct {
	out, err string
	code     int
}

// convene runs the binary with arguments on the data folder of the test server.
func convene(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	binary, err := harness.Binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "CONVENE_DATA="+running.Dir)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// must runs a command that has to succeed, and returns what it printed.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := convene(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("convene %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// fails runs a command that has to fail with a code and a message.
func fails(t *testing.T, code int, message, stdin string, args ...string) {
	t.Helper()
	r := convene(t, stdin, args...)
	if r.code != code || !strings.Contains(r.err, message) || strings.Contains(r.err, "store:") {
		t.Errorf("convene %s: exit code %d, %q; want %d, %q", strings.Join(args, " "), r.code, r.err, code, message)
	}
}

// list runs a command with --json and reads what it prints.
func list[T any](t *testing.T, args ...string) (rows []T) {
	t.Helper()
	text := must(t, "", append(args, "--json")...)
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return rows
}

func TestHelp(t *testing.T) {
	for _, args := range []string{"", "serve", "config", "config reference", "migrate", "migrate down", "user", "user add", "user import", "group",
		"group member add", "room", "room set", "room bookings", "resource", "policy", "policy check", "policy set", "policy show", "alias", "password", "app-password", "app-password add", "calendar", "calendar import", "calendar publish", "calendar unpublish", "calendar published", "delegate", "delegate add", "delegate list", "public", "public create", "acl", "acl show", "acl set", "acl remove", "acl explain", "explain", "jobs", "jobs list", "jobs retry", "jobs drop", "doctor", "version"} {
		if r := convene(t, "", append(strings.Fields(args), "--help")...); r.code != 0 || !strings.Contains(r.out, "Usage: convene") {
			t.Errorf("%q: exit code %d: %s%s", args, r.code, r.out, r.err)
		}
	}
	fails(t, exitUsage, "unexpected argument", "", "nonsense")
	fails(t, exitUsage, "unknown flag", "", "serve", "--nonsense")
}

func TestConfigCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "convene.toml")
	if err := os.WriteFile(file, []byte("domain = \"example.com\"\n[mail]\nserver = \"m:25\"\nfrom = \"c@m\"\npassword = \"topsecret\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := must(t, "", "config", "--config", file, "--set", "log.level=debug")
	for _, want := range []string{file + " line 1", "environment variable CONVENE_DATA", `level = "debug"`, "# --set", "********"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "topsecret") {
		t.Errorf("a secret in:\n%s", out)
	}
	if out := must(t, "", "config", "reference"); !strings.Contains(out, "CONVENE_LISTEN") {
		t.Errorf("got:\n%s", out)
	}
	fails(t, exitUsage, "one of debug, info, warn, error", "", "serve", "--set", "log.level=loud")
	fails(t, exitUsage, "no such file", "", "serve", "--config", file+"x")
}

// soon wants a status of a PROPFIND on the home within a few seconds: the running server hears of what another process did by a
// notification.
func soon(t *testing.T, c *harness.Client, status int) {
	t.Helper()
	got := 0
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got = c.Request(t, "PROPFIND", c.Home(), "", "Depth", "0").Status; got == status {
			return
		}
	}
	t.Errorf("after five seconds still %d, want %d", got, status)
}

// Accounts from adding to removing, beside the running server.
func TestAccount(t *testing.T) {
	must(t, "correct horse battery\n", "user", "add", "dora", "--stdin", "--display-name", "Dora", "--address", "dora@example.com")
	dora := running.Client("dora")
	dora.Password = "correct horse battery"
	dora.Want(t, 207, "PROPFIND", dora.Home(), "", "Depth", "0")
	fails(t, 1, "already something called", "", "user", "add", "DORA", "--no-password")
	fails(t, 1, "belongs to the user \"dora\"", "", "room", "add", "red", "--address", "DORA@example.com")
	fails(t, 1, "needed at least", "short\n", "password", "dora", "--stdin")
	fails(t, 1, "there is no account", "", "password", "nobody", "--stdin")
	fails(t, exitUsage, "no terminal", "", "password", "dora")

	must(t, "an even longer one\n", "password", "dora", "--stdin")
	soon(t, dora, 401) // with the old password
	dora.Password = "an even longer one"
	dora.Want(t, 207, "PROPFIND", dora.Home(), "", "Depth", "0")

	must(t, "", "user", "set", "dora", "--disable", "--timezone", "Europe/Berlin")
	soon(t, dora, 401)
	must(t, "", "user", "set", "dora", "--enable", "--admin")
	soon(t, dora, 207)

	must(t, "", "alias", "add", "dora", "d@example.com")
	must(t, "", "alias", "add", "dora", "mailto:first@example.com", "--preferred")
	must(t, "", "alias", "remove", "dora", "DORA@example.com")
	fails(t, 1, "does not have the address", "", "alias", "remove", "dora", "dora@example.com")
	var addresses []string
	for _, row := range list[aliasRow](t, "alias", "list", "dora") {
		addresses = append(addresses, row.Address)
	}
	if want := []string{"mailto:first@example.com", "mailto:d@example.com"}; !slices.Equal(addresses, want) {
		t.Errorf("got %v, want %v", addresses, want)
	}
	rows := list[principalRow](t, "user", "list")
	i := slices.IndexFunc(rows, func(r principalRow) bool { return r.Name == "dora" })
	if i < 0 || !rows[i].Admin || rows[i].Timezone != "Europe/Berlin" || rows[i].DisplayName != "Dora" || len(rows) != harness.Users+2 {
		t.Errorf("got %d rows, %v", len(rows), rows)
	}
	fails(t, exitUsage, "--yes", "", "user", "remove", "dora")
	must(t, "", "user", "remove", "dora", "--yes")
	if r := dora.Request(t, "PROPFIND", dora.Home(), "", "Depth", "0"); r.Status != 401 {
		t.Errorf("a removed account opens: %d", r.Status)
	}
	fails(t, 1, `there is no user "dora"`, "", "user", "show", "dora")
}

func TestAppPasswordCommand(t *testing.T) {
	ann := running.NewUser(t)
	secret := strings.TrimSpace(must(t, "", "app-password", "add", ann.User, "telephone", "--expires", "90d"))
	phone := running.Client(ann.User)
	phone.Password = secret
	phone.Want(t, 207, "PROPFIND", phone.Home(), "", "Depth", "0")
	rows := list[credentialRow](t, "app-password", "list", ann.User)
	if len(rows) != 1 || rows[0].Label != "telephone" || rows[0].Expires == nil || rows[0].LastUsed == nil {
		t.Fatalf("got %+v", rows)
	}
	fails(t, 1, "has no app password 999999", "", "app-password", "revoke", ann.User, "999999")
	must(t, "", "app-password", "revoke", ann.User, itoa(rows[0].ID))
	if r := phone.Request(t, "PROPFIND", phone.Home(), "", "Depth", "0"); r.Status != 401 {
		t.Errorf("a revoked app password opens: %d", r.Status)
	}
	ann.Want(t, 207, "PROPFIND", ann.Home(), "", "Depth", "0")
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestGroups(t *testing.T) {
	must(t, "", "group", "add", "staff", "--display-name", "All")
	must(t, "", "group", "add", "all")
	must(t, "", "group", "member", "add", "staff", "user01", "user02")
	must(t, "", "group", "member", "add", "all", "staff")
	fails(t, 1, "member of itself", "", "group", "member", "add", "staff", "all")
	fails(t, 1, "there is no group", "", "group", "member", "add", "user01", "user02")
	must(t, "", "group", "member", "remove", "staff", "user02")
	if rows := list[principalRow](t, "group", "member", "list", "staff"); len(rows) != 1 || rows[0].Name != "user01" {
		t.Errorf("got %v", rows)
	}
	must(t, "", "group", "remove", "all", "--yes")
}

// A second import changes what is named and leaves the rest; a bad line stores nothing.
func TestUserImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users.csv")
	write := func(text string) string {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	if out := must(t, "", "user", "import", write("\ufeffname,kind,password,address,display_name,admin\nimp1,user,pw,imp1@example.com,One,true\nimp2,room,,,Two,\n")); !strings.Contains(out, "Added 2, changed 0") {
		t.Errorf("got %q", out)
	}
	if out := must(t, "", "user", "import", write("display_name,name\nUno,imp1\n")); !strings.Contains(out, "Added 0, changed 1") {
		t.Errorf("got %q", out)
	}
	one := running.Client("imp1")
	one.Password = "pw"
	one.Want(t, 207, "PROPFIND", one.Home(), "", "Depth", "0")
	var shown principalDetails
	if err := json.Unmarshal([]byte(must(t, "", "user", "show", "imp1", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.DisplayName != "Uno" || !shown.Admin || len(shown.Addresses) != 1 {
		t.Errorf("got %+v", shown)
	}
	for text, message := range map[string]string{
		"":                                      "line 1",
		"nam\nx\n":                              `unknown column "nam"`,
		"kind\nuser\n":                          "no column called name",
		"name,admin\nimp3,yes\n":                `line 2: admin is "yes"`,
		"name,kind\nimp3,user\nimp4,dog\n":      "line 3",
		"name\nimp3\nIMP3\n":                    "line 3",
		"name,kind\nimp1,room\n":                "cannot become a room",
		"name,address\nimp3,imp1@example.com\n": "belongs to the user",
		"name\nimp3\nim/p4\n":                   "not a usable name",
	} {
		fails(t, 1, message, "", "user", "import", write(text))
	}
	fails(t, 1, "there is no user", "", "user", "show", "imp3")
}

func TestCalendars(t *testing.T) {
	ann := running.NewUser(t)
	must(t, "", "calendar", "create", ann.User, "work", "--display-name", "Work", "--color", "#123456", "--components", "vevent", "--timezone", "Europe/Berlin")
	fails(t, 1, "has already", "", "calendar", "create", ann.User, "work")
	fails(t, exitUsage, "Europe/Berlin", "", "calendar", "create", ann.User, "w2", "--timezone", "Nowhere")
	rows := list[collectionInfo](t, "calendar", "list", ann.User)
	i := slices.IndexFunc(rows, func(c collectionInfo) bool { return c.Name == "work" })
	if i < 0 || rows[i].DisplayName != "Work" || rows[i].Color != "#123456" || !slices.Equal(rows[i].Components, []string{"VEVENT"}) {
		t.Errorf("got %+v", rows)
	}
	fails(t, 1, "has to stay", "", "calendar", "remove", ann.User, "Inbox", "--yes")
	must(t, "", "calendar", "remove", ann.User, "work", "--yes")
	fails(t, 1, "has no calendar", "", "calendar", "export", ann.User, "work")
}

// What is imported can be exported and imported again, unchanged; and clients see it.
func TestCalendarImport(t *testing.T) {
	ann := running.NewUser(t)
	stream := harness.Event("one@x", "One", harness.Day(1)) + harness.Todo("two@x", "Two") +
		harness.Event("three/../x", "Three", harness.Day(3), "RRULE:FREQ=DAILY;COUNT=3") +
		harness.Calendar("BEGIN:VEVENT\nUID:bad@x\nDTSTAMP:20270101T000000Z\nDTSTART:sometime\nEND:VEVENT")
	stream = strings.ReplaceAll(stream, "VERSION:2.0\r\n", "VERSION:2.0\r\nMETHOD:PUBLISH\r\n")
	take := func(text string, args ...string) (r importReport) {
		t.Helper()
		out := must(t, text, append([]string{"calendar", "import", ann.User, "old", "-", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	check := func(what string, r importReport, taken, changed, unchanged, refused int) {
		t.Helper()
		if r.Taken != taken || r.Changed != changed || r.Unchanged != unchanged || len(r.Refused) != refused {
			t.Errorf("%s: got %+v", what, r)
		}
	}
	dry := take(stream, "--dry-run")
	check("dry run", dry, 3, 0, 0, 1)
	if line := strings.Split(stream, "\r\n")[dry.Refused[0].Line-1]; !dry.DryRun || !strings.Contains(line, "sometime") || dry.Refused[0].UID != "bad@x" {
		t.Errorf("got %+v, line %q", dry.Refused, line)
	}
	fails(t, 1, "has no calendar", "", "calendar", "export", ann.User, "old")
	check("first", take(stream), 3, 0, 0, 1)
	check("again", take(stream), 0, 0, 3, 1)
	check("one changed", take(strings.Replace(stream, "SUMMARY:One", "SUMMARY:Uno", 1)), 0, 1, 2, 1)

	exported := must(t, "", "calendar", "export", ann.User, "old")
	if strings.Count(exported, "BEGIN:VCALENDAR") != 1 || !strings.Contains(exported, "SUMMARY:Uno") || strings.Contains(exported, "METHOD") {
		t.Errorf("got:\n%s", exported)
	}
	must(t, "", "calendar", "export", ann.User, "old", "-o", filepath.Join(t.TempDir(), "old.ics"))
	if r := ann.Want(t, 200, "GET", ann.Home()+"old/?export", ""); !strings.Contains(string(r.Body), "SUMMARY:Uno") {
		t.Errorf("over HTTP:\n%s", r.Body)
	}
	if members, err := ann.List(t.Context(), ann.Home()+"old/"); err != nil || len(members) != 3 {
		t.Errorf("got %v, %v", members, err)
	}
	out := must(t, exported, "calendar", "import", ann.User, "copy", "-", "--json")
	var r importReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	check("the export", r, 3, 0, 0, 0)
	fails(t, 1, "-:", "rubbish", "calendar", "import", ann.User, "copy", "-")
}

func TestMigrate(t *testing.T) {
	rows := list[migrationRow](t, "migrate", "status")
	if len(rows) == 0 || rows[0].Applied == nil {
		t.Errorf("got %+v", rows)
	}
	if out := must(t, "", "migrate", "up"); !strings.Contains(out, "up to date") {
		t.Errorf("got %q", out)
	}
	fails(t, exitUsage, "--yes", "", "migrate", "down")
}

func TestDoctor(t *testing.T) {
	ann := running.NewUser(t)
	r := convene(t, ann.Password+"\n", "doctor", "--json", "--url", running.URL, "--user", ann.User)
	var findings []finding
	if err := json.Unmarshal([]byte(r.out), &findings); err != nil || r.code != 0 {
		t.Fatalf("exit code %d: %v: %s%s", r.code, err, r.out, r.err)
	}
	for _, check := range []string{"schema", "database", "clock", "jobs", "disk", "zones", "client"} {
		i := slices.IndexFunc(findings, func(f finding) bool { return f.Check == check })
		if i < 0 || findings[i].Verdict != good {
			t.Errorf("%s: %+v", check, findings)
		}
	}
	r = convene(t, "wrong\n", "doctor", "--url", running.URL, "--user", ann.User)
	if r.code != exitFailure || !strings.Contains(r.out, "bad   client") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
	r = convene(t, "", "doctor", "--set", "listen=:8080", "--set", "mail.server=127.0.0.1:1", "--set", "mail.from=a@example.com", "--set", "tls.cert=/none", "--set", "tls.key=/none")
	if r.code != exitFailure || !strings.Contains(r.out, "bad   mail") || !strings.Contains(r.out, "bad   tls") {
		t.Errorf("exit code %d: %s%s", r.code, r.out, r.err)
	}
}

func TestSecondServer(t *testing.T) {
	fails(t, 1, "in use by another convene", "", "serve", "--listen", "127.0.0.1:0")
	fails(t, 1, "address already in use", "", "serve", "--listen", strings.TrimPrefix(running.URL, "http://"))
}

// With a configured database no cluster is made, and two servers can share it.
func TestConfiguredDatabase(t *testing.T) {
	url := storetest.URL(t)
	var servers []*harness.Server
	for range 2 {
		s, err := harness.Start(harness.Options{Own: true, Config: "[database]\nurl = \"" + url + "\"\n", Env: []string{"CONVENE_CONFIG="}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		servers = append(servers, s)
	}
	must(t, "correct horse battery\n", "user", "add", "eve", "--stdin", "--database-url", url)
	for _, s := range servers {
		eve := s.Client("eve")
		eve.Password = "correct horse battery"
		eve.Want(t, 207, "PROPFIND", eve.Home(), "", "Depth", "0")
	}
	must(t, "another long password\n", "password", "eve", "--stdin", "--database-url", url)
	for _, s := range servers {
		eve := s.Client("eve")
		eve.Password = "correct horse battery"
		for end := time.Now().Add(5 * time.Second); eve.Request(t, "PROPFIND", eve.Home(), "", "Depth", "0").Status != 401; {
			if time.Now().After(end) { // the notification is long there
				t.Fatal("the old password still opens")
			}
		}
		if log := s.LogTail(4096); !strings.Contains(log, "database=configured") {
			t.Errorf("the log has not where the data are: %s", log)
		}
	}
}

// After kill -9 the server starts again on the same folder, with all that was acknowledged.
func TestKilled(t *testing.T) {
	s, err := harness.Start(harness.Options{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ann := s.NewUser(t)
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics", harness.Event("a@x", "A", harness.Day(1)), "Content-Type", "text/calendar")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Launch(); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitReady(time.Minute); err != nil {
		t.Fatal(err)
	}
	ann.Want(t, 200, "GET", ann.Default()+"a.ics", "")
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
