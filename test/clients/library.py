"""python3-caldav: what programs built on it do, from the principal to tasks and free/busy.

usage: library.py; URL and DAV in the environment, as for the shell tests; START is the path to begin at.
"""

import os
import sys
import traceback
import urllib.request
from base64 import b64encode
from datetime import date, datetime, timedelta, timezone

import caldav
from caldav.elements import dav, ical
from caldav.lib import error

URL, DAV, USER = os.environ["URL"], os.environ["DAV"], "user05"
UTC = timezone.utc


def ok(name):
    print("ok    python3-caldav: " + name)


def bad(name, *detail):
    print("FAIL  python3-caldav: " + name)
    for line in detail:
        print("        " + str(line).replace("\n", "\n        "))


def equal(name, got, want):
    ok(name) if got == want else bad(name, "got:", got, "want:", want)


def true(name, condition, detail=""):
    ok(name) if condition else bad(name, detail)


def refused(name, kind, call):
    try:
        call()
    except kind:
        ok(name)
    else:
        bad(name, "no " + kind.__name__)


def raw(url):
    """What the server holds, without the library."""
    request = urllib.request.Request(str(url), headers={"Authorization": "Basic " + b64encode(f"{USER}:{USER}".encode()).decode()})
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


def ics(kind, uid, *lines):
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//client tests//EN", "BEGIN:" + kind, "UID:" + uid, "DTSTAMP:20270101T000000Z"]
    return "\r\n".join(body + list(lines) + ["END:" + kind, "END:VCALENDAR", ""])


def discovery(client):
    principal = client.principal()
    equal("principal", principal.url.path, DAV.replace("calendars", "principals") + f"/{USER}/")
    equal("calendar home", principal.calendar_home_set.url.path, f"{DAV}/{USER}/")
    equal("address", principal.get_vcal_address().to_ical().decode() if hasattr(principal.get_vcal_address(), "to_ical") else str(principal.get_vcal_address()), f"mailto:{USER}@example.com")
    equal("calendars", [c.url.path for c in principal.calendars()], [f"{DAV}/{USER}/Default/"])
    true("server does CalDAV", client.check_cdav_support() and client.check_dav_support())
    return principal


def calendars(principal):
    calendar = principal.make_calendar(name="Büro & Co", cal_id="buero", supported_calendar_component_set=["VEVENT", "VTODO"])
    equal("make_calendar", calendar.get_properties([dav.DisplayName()])[dav.DisplayName.tag], "Büro & Co")
    equal("supported components", sorted(calendar.get_supported_components()), ["VEVENT", "VTODO"])
    calendar.set_properties([dav.DisplayName("Renamed"), ical.CalendarColor("#FF8800")])
    found = principal.calendar(cal_id="buero").get_properties([dav.DisplayName(), ical.CalendarColor()])
    equal("set_properties: name", found[dav.DisplayName.tag], "Renamed")
    equal("set_properties: colour", found[ical.CalendarColor.tag][:7], "#FF8800")
    equal("calendar by name", principal.calendar(name="Renamed").url.path, calendar.url.path)
    refused("make_calendar where there is one", error.DAVError, lambda: principal.make_calendar(cal_id="buero"))
    return calendar


def events(calendar):
    text = ics("VEVENT", "lib-1", "DTSTART:20270310T090000Z", "DTEND:20270310T100000Z", "SUMMARY:One", "X-KEEP;X-P=1:me")
    event = calendar.save_event(text)
    equal("save_event: every line is stored", sorted(raw(event.url).split()), sorted(text.split()))  # the library sorts them anew
    equal("event_by_uid", calendar.event_by_uid("lib-1").url, event.url)
    event.load()
    event.vobject_instance.vevent.summary.value = "One, edited"
    event.save()
    true("edit is on the server", "SUMMARY:One\\, edited" in raw(event.url) and "X-KEEP" in raw(event.url), raw(event.url))
    refused("no_overwrite", error.ConsistencyError, lambda: calendar.save_event(text, no_overwrite=True))
    made = calendar.save_event(dtstart=datetime(2027, 3, 11, 8, tzinfo=UTC), dtend=datetime(2027, 3, 11, 9, tzinfo=UTC), summary="Built", rrule={"FREQ": "DAILY", "COUNT": 5})
    true("event built by the library", "RRULE:FREQ=DAILY;COUNT=5" in raw(made.url), raw(made.url))
    refused("an object that is none", error.DAVError, lambda: caldav.Event(calendar.client, url=calendar.url.join("x.ics"), data="nonsense", parent=calendar)._put(retry_on_failure=False))
    refused("unknown UID", error.NotFoundError, lambda: calendar.event_by_uid("nobody"))
    several = calendar.calendar_multiget([event.url, made.url])
    equal("multiget", sorted(o.vobject_instance.vevent.summary.value for o in several), ["Built", "One, edited"])
    return event, made


def searches(calendar, made):
    def summaries(found):
        return sorted(str(o.icalendar_component.get("SUMMARY")) for o in found)

    start, end = datetime(2027, 3, 10, tzinfo=UTC), datetime(2027, 3, 13, tzinfo=UTC)
    equal("date_search", summaries(calendar.date_search(start, end, expand=False)), ["Built", "One, edited"])
    expanded = calendar.date_search(start, end, expand=True)
    instances = [c for o in expanded for c in o.icalendar_instance.walk("VEVENT")]
    equal("date_search with expand", sorted(c["DTSTART"].dt.isoformat() for c in instances),
          ["2027-03-10T09:00:00+00:00", "2027-03-11T08:00:00+00:00", "2027-03-12T08:00:00+00:00"])
    true("expanded instances have no rule", all("RRULE" not in c for c in instances), instances)
    true("and say which they are", all("RECURRENCE-ID" in c for c in instances if c["DTSTART"].dt.day == 12), instances)
    equal("date_search beyond the last instance", summaries(calendar.date_search(datetime(2027, 3, 16, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC), expand=False)), [])
    equal("date_search in the midst of an instance", summaries(calendar.date_search(datetime(2027, 3, 14, 8, 30, tzinfo=UTC), datetime(2027, 3, 14, 8, 40, tzinfo=UTC), expand=False)), ["Built"])
    equal("search by summary", summaries(calendar.search(event=True, summary="edited")), ["One, edited"])
    equal("search by summary, with the collation i;octet that the library asks for", summaries(calendar.search(event=True, summary="EDITED")), [])
    equal("search by category", summaries(calendar.search(event=True, category="none")), [])
    equal("events", summaries(calendar.events()), ["Built", "One, edited"])
    busy = calendar.freebusy_request(start, end)
    periods = [p for line in busy.vobject_instance.vfreebusy.contents["freebusy"] for p in line.value]
    equal("freebusy_request", sorted(p[0].isoformat() for p in periods), ["2027-03-10T09:00:00+00:00", "2027-03-11T08:00:00+00:00", "2027-03-12T08:00:00+00:00"])
    true("freebusy_request gives no details away", "Built" not in busy.data and "edited" not in busy.data, busy.data)
    override = made.icalendar_component.copy()
    override["SUMMARY"] = "Moved"
    override.pop("RRULE")
    override.add("RECURRENCE-ID", datetime(2027, 3, 12, 8, tzinfo=UTC))
    override["DTSTART"].dt, override["DTEND"].dt = datetime(2027, 3, 20, 8, tzinfo=UTC), datetime(2027, 3, 20, 9, tzinfo=UTC)
    made.icalendar_instance.add_component(override)
    made.save()
    equal("a moved instance is found where it is", len(calendar.date_search(datetime(2027, 3, 20, tzinfo=UTC), datetime(2027, 3, 21, tzinfo=UTC), expand=False)), 1)
    equal("and not where it was", len(calendar.date_search(datetime(2027, 3, 12, 7, tzinfo=UTC), datetime(2027, 3, 12, 10, tzinfo=UTC), expand=False)), 0)


def sync(calendar, event):
    state = calendar.objects_by_sync_token(load_objects=True)
    equal("objects_by_sync_token", len(list(state)), 2)
    equal("and nothing after that", len(list(calendar.objects_by_sync_token(sync_token=state.sync_token))), 0)
    new = calendar.save_event(ics("VEVENT", "lib-2", "DTSTART;VALUE=DATE:20270401", "SUMMARY:All day"))
    changed = calendar.objects_by_sync_token(sync_token=state.sync_token)
    equal("a new object is reported", [o.url.path for o in changed], [new.url.path])
    event.vobject_instance.vevent.summary.value = "Edited again"
    event.save()
    new.delete()
    updated, deleted = state.sync()
    equal("sync: what changed", [o.url.path for o in updated], [event.url.path])
    true("sync: the object held is new", "Edited again" in state.objects_by_url()[event.url.canonical()].data)
    third = calendar.save_event(ics("VEVENT", "lib-3", "DTSTART;VALUE=DATE:20270402", "SUMMARY:All day too"))
    updated, deleted = state.sync()
    equal("sync: what is new", [o.url.path for o in updated], [third.url.path])
    third.delete()
    updated, deleted = state.sync()
    equal("sync: what is gone", [o.url.path for o in deleted], [third.url.path])
    refused("a token of another server", error.DAVError, lambda: list(calendar.objects_by_sync_token(sync_token="http://example.com/1")))


def tasks(calendar):
    todo = calendar.save_todo(summary="Tax", due=date(2027, 3, 31), priority=1)
    weekly = calendar.save_todo(ics("VTODO", "lib-w", "DTSTART:20270301T090000Z", "DUE:20270301T100000Z", "SUMMARY:Plants", "RRULE:FREQ=WEEKLY;COUNT=3", "STATUS:NEEDS-ACTION"))
    equal("todos", [str(t.icalendar_component["SUMMARY"]) for t in calendar.todos(sort_keys=("summary",))], ["Plants", "Tax"])
    todo.complete()
    true("complete: on the server", "STATUS:COMPLETED" in raw(todo.url) and "\nCOMPLETED" in raw(todo.url).replace("\r", ""), raw(todo.url))
    equal("todos leaves the completed out", [str(t.icalendar_component["SUMMARY"]) for t in calendar.todos()], ["Plants"])
    equal("todos with the completed", len(calendar.todos(include_completed=True)), 2)
    weekly.complete(handle_rrule=True, rrule_mode="safe")
    left = [t for t in calendar.todos(include_completed=True) if str(t.icalendar_component["SUMMARY"]) == "Plants"]
    equal("complete of a recurring task", sorted(str(t.icalendar_component.get("STATUS", "")) for t in left), ["COMPLETED", "NEEDS-ACTION"])
    equal("search of tasks by due time", [str(t.icalendar_component["SUMMARY"]) for t in calendar.search(todo=True, include_completed=True, start=datetime(2027, 3, 30, tzinfo=UTC), end=datetime(2027, 4, 2, tzinfo=UTC), expand=False)], ["Tax"])
    todo.delete()
    refused("deleted", error.NotFoundError, todo.load)


def main():
    client = caldav.DAVClient(url=URL + os.environ.get("START", "/dav/"), username=USER, password=USER)
    principal = discovery(client)
    calendar = calendars(principal)
    event, made = events(calendar)
    searches(calendar, made)
    sync(calendar, event)
    tasks(calendar)
    journal = principal.make_calendar(cal_id="journal", supported_calendar_component_set=["VJOURNAL"])
    entry = journal.save_journal(ics("VJOURNAL", "lib-j", "DTSTART;VALUE=DATE:20270301", "SUMMARY:Dear diary"))
    true("save_journal", "Dear diary" in raw(entry.url))
    equal("journals", len(journal.journals()), 1)
    journal.delete()
    calendar.delete()
    equal("calendars deleted", [c.url.path for c in principal.calendars()], [f"{DAV}/{USER}/Default/"])


try:
    main()
except Exception:  # the rest of the test could not run
    bad("runs to its end", traceback.format_exc())
    sys.exit(1)
ok("runs to its end")
