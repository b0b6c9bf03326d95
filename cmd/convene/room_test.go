package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/test/harness"
)

func TestPolicyCommands(t *testing.T) {
	if out := must(t, "# ours\nHOURS daily 8:00-18:00\n", "policy", "check", "-"); out != "hours daily 08:00-18:00\n" {
		t.Errorf("the normal form is %q", out)
	}
	fails(t, 1, `line 2: "allow" begins no line`, "ask\nallow bob\n", "policy", "check", "-")
	fails(t, 1, "no such file", "", "policy", "check", "/no/such/file")
	must(t, "", "group", "add", "policed")
	fails(t, exitUsage, "gets no invitations", "ask\n", "policy", "set", "policed", "-")
	must(t, "# mine\ndecline when busy\n", "policy", "set", "user03", "-")
	if out := must(t, "", "policy", "show", "user03"); out != "# mine\ndecline when busy\n" {
		t.Errorf("the policy is %q", out)
	}
	must(t, "", "policy", "set", "user03", "")
	if out := must(t, "", "policy", "show", "user03"); out != "" {
		t.Errorf("the policy is %q", out)
	}
	must(t, "", "group", "remove", "policed", "--yes")
}

func TestRoomCommands(t *testing.T) {
	must(t, "", "room", "add", "oak", "--timezone", "Europe/Berlin", "--address", "oak@example.com")
	defer must(t, "", "room", "remove", "oak", "--yes")
	ann, boss := running.NewUser(t), running.NewUser(t)
	must(t, "ask\n", "room", "set", "oak", "--capacity", "2", "--location", "Tower", "--features", "screen, phone", "--manager", boss.User, "--policy", "-")
	fails(t, exitUsage, "1 to 1000", "", "room", "set", "oak", "--capacity", "0")
	fails(t, exitUsage, "a manager is a person or a group", "", "room", "set", "oak", "--manager", "oak")
	fails(t, 1, `there is no account, group, room or resource "nobody"`, "", "room", "set", "oak", "--manager", "nobody")
	fails(t, 1, "line 1:", "nonsense", "room", "set", "oak", "--policy", "-")

	var shown principalDetails
	if err := json.Unmarshal([]byte(must(t, "", "room", "show", "oak", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if b := shown.Booking; b == nil || b.Capacity != 2 || b.Location != "Tower" || b.Manager != boss.User || !slices.Equal(b.Features, []string{"screen", "phone"}) || shown.Policy != "ask\n" {
		t.Errorf("shown is %+v, %+v", shown, shown.Booking)
	}
	if out := must(t, "", "room", "show", "oak"); !strings.Contains(out, "screen, phone") || !strings.Contains(out, "policy") {
		t.Errorf("shown is\n%s", out)
	}

	// What is booked, and approved by the manager.
	start := time.Date(2099, 12, 1, 9, 0, 0, 0, time.UTC)
	ann.Want(t, 201, "PUT", ann.Default()+"a.ics",
		harness.Event("oak-1", "Far", start, "ORGANIZER:mailto:"+ann.User+"@example.com", "ATTENDEE:mailto:oak@example.com"))
	rows := list[bookingRow](t, "room", "bookings", "oak", "--from", "2099-12-01", "--to", "2099-12-01")
	if len(rows) != 1 || rows[0].UID != "oak-1" || rows[0].By != "mailto:"+ann.User+"@example.com" || rows[0].Unit != 1 {
		t.Errorf("bookings %+v", rows)
	}
	if out := must(t, "", "room", "bookings", "oak", "--from", "2099-12-01"); !strings.Contains(out, "2099-12-01 10:00") {
		t.Errorf("bookings\n%s", out)
	}
	fails(t, exitUsage, "no day", "", "room", "bookings", "oak", "--from", "tomorrow")
	fails(t, exitUsage, "no day", "", "room", "bookings", "oak", "--to", "tomorrow")
	fails(t, exitUsage, "before", "", "room", "bookings", "oak", "--from", "2099-12-02", "--to", "2099-12-01")

	// The manager writes in its calendars.
	calendar := "/dav/calendars/room/oak/Default/"
	boss.Want(t, 207, "PROPFIND", calendar, "", "Depth", "0")
	if rows := list[delegateRow](t, "delegate", "list", boss.User); len(rows) != 1 || rows[0].Owner != "oak" || !rows[0].Writes {
		t.Errorf("the manager is a delegate of %v", rows)
	}
	taken := harness.Event("oak-2", "Painted", start)
	boss.Want(t, 201, "PUT", calendar+"b.ics", taken)
	boss.Want(t, 409, "PUT", calendar+"c.ics", strings.ReplaceAll(harness.Event("oak-3", "Cleaned", start), "PT1H", "PT3H"))
	must(t, "", "room", "set", "oak", "--manager", "", "--policy", "", "--features", "")
	if r := boss.Request(t, "PROPFIND", calendar, "", "Depth", "0"); r.Status == 207 {
		t.Error("who was the manager reads the calendar")
	}
	shown = principalDetails{}
	err := json.Unmarshal([]byte(must(t, "", "room", "show", "oak", "--json")), &shown)
	if err != nil || shown.Policy != "" || shown.Booking.Manager != "" || len(shown.Booking.Features) != 0 || shown.Booking.Capacity != 2 {
		t.Errorf("shown is %+v, %v", shown, err)
	}
}
