package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
	"convene/test/harness"
)

// invitation is an event of ann with attendees.
func invitation(uid string, ann *harness.Client, attendees ...string) string {
	lines := []string{"ORGANIZER:mailto:" + ann.User + "@example.com", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + ann.User + "@example.com"}
	for _, a := range attendees {
		lines = append(lines, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+a)
	}
	return harness.Event(uid, "secret plans", harness.Day(3), lines...)
}

// explainedAs runs convene explain and reads what it prints.
func explainedAs(t *testing.T, args ...string) (s story) {
	t.Helper()
	text := must(t, "", append(append([]string{"explain"}, args...), "--json")...)
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return s
}

// copyOf fetches the only object in somebody's calendar.
func copyOf(t *testing.T, c *harness.Client) (path, data string) {
	t.Helper()
	objects, err := c.List(t.Context(), c.Default())
	if err != nil || len(objects) != 1 {
		t.Fatalf("%s has %d objects, %v", c.User, len(objects), err)
	}
	for path := range objects {
		return path, string(c.Want(t, 200, "GET", path, "").Body)
	}
	return "", ""
}

// Who wants to know what became of an invitation is told so, from the organizer's change to the last answer.
func TestExplain(t *testing.T) {
	ann, bob, cat := running.NewUser(t), running.NewUser(t), running.NewUser(t)
	cat.Want(t, 200, "ACL", cat.Home()+"Inbox/", `<D:acl xmlns:D="DAV:"><D:ace><D:principal><D:property><D:owner/></D:property></D:principal>
		<D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace></D:acl>`)
	uid := harness.UID("explain", 1)
	outsider := "out@outside.test"
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics", invitation(uid, ann, bob.User+"@example.com", cat.User+"@example.com", outsider))

	var s story
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) { // until the job has looked for a carrier
		if s = explainedAs(t, uid, "--messages"); len(s.Messages) == 1 && s.Messages[0].State == "kept" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the message to %s: %+v", outsider, s.Messages)
		}
	}
	if len(s.Copies) != 2 || s.Copies[0].Role != "organizer" || s.Copies[1].Owner != bob.User || s.Copies[1].Role != "attendee" || s.Copies[1].Answer != "NEEDS-ACTION" {
		t.Errorf("copies: %+v", s.Copies)
	}
	if len(s.Changes) != 2 || s.Changes[0].Actor != ann.User || s.Changes[0].Owner != ann.User || s.Changes[1].Actor != "" {
		t.Fatalf("changes: %+v", s.Changes)
	}
	got := map[string]string{}
	for _, d := range s.Changes[0].Decisions {
		got[strings.TrimPrefix(d.Recipient, "mailto:")] = d.Method + ", " + d.Why + ", " + d.Meaning
	}
	for who, want := range map[string]string{
		bob.User + "@example.com": "REQUEST, was not invited before, 1.2 delivered",
		cat.User + "@example.com": "REQUEST, was not invited before, 3.8 no right to send to this person",
		outsider:                  "REQUEST, was not invited before, 1.0 waits for the carrier",
	} {
		if got[who] != want {
			t.Errorf("%s: got %q, want %q", who, got[who], want)
		}
	}
	if m := s.Messages[0]; m.Status != "5.2" || !strings.Contains(m.Data, "METHOD:REQUEST") {
		t.Errorf("message: %+v", m)
	}

	text := must(t, "", "explain", uid)
	for _, want := range []string{ann.User + "/Default", "attendee, NEEDS-ACTION", "3.8 no right", outsider, "kept"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("the text of the event is shown:\n%s", text)
	}
	if text := must(t, "", "explain", uid, "--messages"); !strings.Contains(text, "SUMMARY:secret plans") {
		t.Errorf("the message is not shown:\n%s", text)
	}
	if s := explainedAs(t, uid, "--owner", bob.User); len(s.Copies) != 1 || len(s.Changes) != 0 || len(s.Messages) != 0 {
		t.Errorf("of %s alone: %+v", bob.User, s)
	}
	if s := explainedAs(t, uid, "--limit", "1"); len(s.Changes) != 1 {
		t.Errorf("the last decision alone: %+v", s)
	}
}

// Why nothing was sent is said too.
func TestExplainSilence(t *testing.T) {
	ann, bob := running.NewUser(t), running.NewUser(t)
	muted, foreign, plain, private := harness.UID("muted", 1), harness.UID("foreign", 1), harness.UID("plain", 1), harness.UID("private", 1)
	ann.Want(t, 201, "PUT", ann.Default()+"muted.ics", invitation(muted, ann, bob.User+"@example.com"), "Scheduling-Enabled", "F")
	ann.Want(t, 201, "PUT", ann.Default()+"foreign.ics", harness.Event(foreign, "x", harness.Day(4), "ORGANIZER:mailto:boss@elsewhere.test", "ATTENDEE:mailto:x@elsewhere.test"))
	ann.Want(t, 201, "PUT", ann.Default()+"plain.ics", harness.Event(plain, "x", harness.Day(5)))
	ann.Want(t, 201, "PUT", ann.Default()+"private.ics", strings.Replace(invitation(private, ann, "out@outside.test"), "SUMMARY", "CLASS:PRIVATE\r\nSUMMARY", 1))
	for _, c := range []struct{ uid, want string }{
		{muted, "Scheduling-Enabled: F"},
		{foreign, "neither its ORGANIZER (mailto:boss@elsewhere.test) nor an ATTENDEE is an address of " + ann.User},
		{plain, "it has no ORGANIZER"},
	} {
		if text := must(t, "", "explain", c.uid); !strings.Contains(text, c.want) {
			t.Errorf("no %q in:\n%s", c.want, text)
		}
	}
	if text := must(t, "", "explain", private, "--messages"); strings.Contains(text, "secret") || !strings.Contains(text, "is about a private event") {
		t.Errorf("of a private event:\n%s", text)
	}
	fails(t, 1, "it is in no calendar, and nothing was sent about it in the last 90 days", "", "explain", "nothing-of-the-kind")
	fails(t, 1, "look without --owner", "", "explain", muted, "--owner", bob.User)
	fails(t, 1, "there is no account", "", "explain", muted, "--owner", "nobody")
	fails(t, exitUsage, "--limit", "", "explain", muted, "--limit", "0")
}

// Jobs that wait are listed, done at once, and given up.
func TestJobs(t *testing.T) {
	ann, bob, cat := running.NewUser(t), running.NewUser(t), running.NewUser(t)
	uid := harness.UID("jobs", 1)
	waiting := func() (rows []jobRow) {
		for _, row := range list[jobRow](t, "jobs") {
			if row.UID == uid {
				rows = append(rows, row)
			}
		}
		return rows
	}
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics", invitation(uid, ann, bob.User+"@example.com", cat.User+"@example.com"))
	answer := func(status string) jobRow {
		t.Helper()
		path, data := copyOf(t, bob)
		of := fmt.Sprintf("mailto:%s@example.com", bob.User)
		lines := strings.Split(strings.ReplaceAll(data, "\r\n ", ""), "\r\n")
		for i, line := range lines {
			if strings.HasPrefix(line, "ATTENDEE") && strings.HasSuffix(line, of) {
				lines[i] = "ATTENDEE;PARTSTAT=" + status + ":" + of
			}
		}
		bob.Want(t, 204, "PUT", path, strings.Join(lines, "\r\n"))
		rows := waiting()
		if len(rows) != 1 || rows[0].Kind != "refresh" || rows[0].Owner != ann.User || rows[0].Error != "" {
			t.Fatalf("got %+v, want the answers to wait", rows)
		}
		return rows[0]
	}
	job := answer("ACCEPTED")
	if text := must(t, "", "explain", uid); !strings.Contains(text, "Jobs that wait") {
		t.Errorf("no job in:\n%s", text)
	}
	must(t, "", "jobs", "retry", fmt.Sprint(job.ID))
	for end := time.Now().Add(20 * time.Second); len(waiting()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not done: %+v", waiting())
		}
	}
	if _, data := copyOf(t, cat); !strings.Contains(strings.ReplaceAll(data, "\r\n ", ""), "PARTSTAT=ACCEPTED") {
		t.Errorf("the answer is not seen by the other attendee:\n%s", data)
	}
	job = answer("DECLINED")
	must(t, "", "jobs", "drop", fmt.Sprint(job.ID))
	if rows := waiting(); len(rows) != 0 {
		t.Errorf("not dropped: %+v", rows)
	}
	fails(t, 1, "there is no job", "", "jobs", "drop", fmt.Sprint(job.ID))
	fails(t, 1, "there is no job", "", "jobs", "retry", fmt.Sprint(job.ID))
	if text := must(t, "", "jobs", "list", "--failing"); !strings.HasPrefix(text, "ID") {
		t.Errorf("got %q", text)
	}
}

// Jobs that fail, and those that nobody does, are something to mend.
func TestDoctorJobs(t *testing.T) {
	earlier := time.Now().Add(-time.Hour)
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return earlier }})
	ann, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.InTx(t.Context(), db, []store.PrincipalID{ann.ID}, func(_ context.Context, tx *store.Tx) (struct{}, error) {
		tx.AddJob(store.NewJob{Kind: "refresh", Owner: ann.ID, Data: []byte("some-uid")})
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	doctor := func(want string) {
		t.Helper()
		if r := convene(t, "", "doctor", "--database-url", db.URL()); r.code != exitFailure || !strings.Contains(r.out, want) {
			t.Errorf("exit code %d, no %q in:\n%s%s", r.code, want, r.out, r.err)
		}
	}
	doctor("nobody does what was due on")
	jobs, err := db.TakeJobs(t.Context(), 1, time.Minute)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("got %+v, %v", jobs, err)
	}
	if err := db.FailJob(t.Context(), jobs[0].ID, "no luck", time.Minute); err != nil {
		t.Fatal(err)
	}
	doctor("1 of 1 jobs fail")
	if out := must(t, "", "jobs", "list", "--failing", "--database-url", db.URL()); !strings.Contains(out, "failed 1 times: no luck") || !strings.Contains(out, "some-uid") {
		t.Errorf("got:\n%s", out)
	}
}
