#!/bin/bash
# khal creates, edits, lists and deletes events in a folder that vdirsyncer keeps in step with the server.
. "$(dirname "$0")/lib.sh"
A=user03
a=$(home $A)Default/ folder=$WORK/folder
mkdir -p "$folder/main"
cat >"$WORK/vdirsyncer" <<CONF
[general]
status_path = "$WORK/status/"
[pair main]
a = "remote"
b = "local"
collections = [["main", "Default", "main"]]
conflict_resolution = "a wins"
[storage remote]
type = "caldav"
url = "$(home $A)"
username = "$A"
password = "$A"
[storage local]
type = "filesystem"
path = "$folder"
fileext = ".ics"
CONF
cat >"$WORK/khal" <<CONF
[calendars]
[[main]]
path = $folder/main
[default]
default_calendar = main
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = $WORK/khal.db
CONF
khal_() { khal -c "$WORK/khal" "$@" 2>&1; }
list() { khal_ list --format '{start-end-time-style} {title}{repeat-symbol}' "$@"; }
sync() { # label
  log=$(vdirsyncer -c "$WORK/vdirsyncer" sync 2>&1); done_ "$1" "$log" $?
}
vdirsyncer -c "$WORK/vdirsyncer" discover >/dev/null 2>&1 <<<$'y\ny\n'

# Created in khal, seen on the server.
log=$(khal_ new -a main 2027-03-10 10:00 11:30 'Standup in Berlin' :: 'with notes'); done_ 'new event' "$log" $?
log=$(khal_ new -a main 2027-03-12 2027-03-14 'Trip'); done_ 'new all-day event' "$log" $?
log=$(khal_ new -a main -r weekly -u 2027-04-30 2027-04-02 09:00 09:30 'Weekly'); done_ 'new recurring event' "$log" $?
sync 'sync of new events'
is 'the server holds them' "$(raw list $A "$a" | cut -d' ' -f3- | sort)" "Standup in Berlin
Trip
Weekly"
uid() { raw list $A "$a" | sed -n "s/^[^ ]* \([^ ]*\) $1\$/\1/p"; }
standup=$(raw get $A "$a" "$(uid 'Standup in Berlin')")
has 'time with its zone' "$standup" '^DTSTART;TZID=Europe/Berlin(;VALUE=DATE-TIME)?:20270310T100000$'
has 'description' "$standup" '^DESCRIPTION:with notes$'
has 'all-day dates' "$(raw get $A "$a" "$(uid Trip)")" '^DTSTART;VALUE=DATE:20270312$'
has 'recurrence' "$(raw get $A "$a" "$(uid Weekly)")" '^RRULE:.*FREQ=WEEKLY'

# Created on the server, listed by khal, over the change to summer time.
put $A "${a}remote.ics" remote-1 'From elsewhere' 20270310T150000Z >/dev/null
put $A "${a}series.ics" series-1 'Series' 20270322T070000Z 'RRULE:FREQ=WEEKLY;COUNT=3' >/dev/null
sync 'sync of events made elsewhere'
has 'list shows the event in local time' "$(list 2027-03-10 1d)" '^16:00-17:00 From elsewhere'
has 'list shows its own event' "$(list 2027-03-10 1d)" '^10:00-11:30 Standup in Berlin'
has 'list before summer time' "$(list 2027-03-22 1d)" '^08:00-09:00 Series'
has 'list after summer time' "$(list 2027-03-29 1d)" '^09:00-10:00 Series'
lacks 'list after the last instance' "$(list 2027-04-12 1d)" 'Series'
has 'list of the all-day event' "$(list 2027-03-13 1d)" 'Trip'

# Edited in khal: the title, and then the time range.
printf 's\nStandup moved\nn\n' | khal_ edit 'Standup in Berlin' >/dev/null
printf 't\n2027-03-10 13:00 14:00\nn\n' | khal_ edit 'Standup moved' >/dev/null
has 'list shows the edits' "$(list 2027-03-10 1d)" '^13:00-14:00 Standup moved'
sync 'sync of the edit'
standup=$(raw get $A "$a" "$(raw list $A "$a" | sed -n 's/^[^ ]* \([^ ]*\) Standup.*/\1/p')")
has 'the server holds the new title' "$standup" '^SUMMARY:Standup moved$'
has 'the server holds the new time' "$standup" '^DTSTART(;TZID=Europe/Berlin)?(;VALUE=DATE-TIME)?:20270310T130000$' # this version edits into floating time
is 'still one event of that kind' "$(raw list $A "$a" | grep -c Standup)" 1

# Edited on the server, listed by khal.
put $A "${a}remote.ics" remote-1 'From elsewhere, later' 20270310T170000Z >/dev/null
sync 'sync of an edit made elsewhere'
has 'list shows the edit' "$(list 2027-03-10 1d)" '^18:00-19:00 From elsewhere, later'

# Deleted in khal and on the server.
log=$(printf 'D\ny\n' | khal_ edit 'Trip'); sync 'sync of a deletion in khal'
lacks 'deleted on the server' "$(raw list $A "$a")" 'Trip'
dav $A DELETE "${a}series.ics" >/dev/null
sync 'sync of a deletion on the server'
lacks 'deleted in khal' "$(list 2027-03-22 1d)" 'Series'
has 'the others stay' "$(list 2027-03-10 1d)" 'Standup moved'
