#!/bin/bash
# vdirsyncer keeps two calendars of two users in step, and a calendar and a folder, with creations, edits and deletions on
# both sides, conflicts, and the calendars' names and colours.
. "$(dirname "$0")/lib.sh"
A=user01 B=user02
a=$(home $A)Default/ b=$(home $B)Default/ folder=$WORK/folder
mkdir -p "$folder/main"
cat >"$WORK/config" <<CONF
[general]
status_path = "$WORK/status/"
[pair users]
a = "first"
b = "second"
collections = [["main", "Default", "Default"], "team"]
conflict_resolution = "a wins"
metadata = ["displayname", "color"]
[storage first]
type = "caldav"
url = "$(home $A)"
username = "$A"
password = "$A"
[storage second]
type = "caldav"
url = "$(home $B)"
username = "$B"
password = "$B"
[pair folder]
a = "remote"
b = "local"
collections = [["main", "Default", "main"]]
conflict_resolution = "a wins"
metadata = ["displayname", "color"]
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
run() { vdirsyncer -c "$WORK/config" "$@" 2>&1 </dev/null; }
discover() { vdirsyncer -c "$WORK/config" discover "$1" 2>&1 <<<$'y\ny\ny\ny\n'; }
sync() { # label, pair
  log=$(run sync "$2"); done_ "$1" "$log" $?
}
both() { # label: the two users' calendars hold the same objects (by UID and SUMMARY)
  is "$1" "$(raw list $B "$b" | cut -d' ' -f2- | sort)" "$(raw list $A "$a" | cut -d' ' -f2- | sort)"
}

# A calendar that only the first user has is made for the second one.
mkcalendar $A team VEVENT >/dev/null
put $A "$(home $A)team/t1.ics" team-1 'Team day' 20270315T090000Z >/dev/null
put $A "${a}one.ics" one 'From A' 20270310T090000Z >/dev/null
put $B "${b}two.ics" two 'From B' 20270311T090000Z 'RRULE:FREQ=WEEKLY;COUNT=4' >/dev/null
log=$(discover users); done_ 'discovers and creates calendars' "$log" $?
sync 'first sync of two users' users
both 'first sync: both have both events'
has 'first sync: the event of B came to A' "$(raw list $A "$a")" 'two From B'
has 'first sync: recurrence is kept' "$(raw get $A "$a" two)" '^RRULE:FREQ=WEEKLY;COUNT=4$'
has 'calendar made for B holds its event' "$(raw list $B "$(home $B)team/")" 'team-1 Team day'

# Edits on both sides, of different events; a creation and a deletion on each.
put $A "${a}one.ics" one 'From A edited' 20270310T100000Z >/dev/null
put $B "$(raw href $B "$b" two)" two 'From B edited' 20270311T100000Z >/dev/null
put $A "${a}three.ics" three 'Third' 20270312T090000Z >/dev/null
put $B "${b}four.ics" four 'Fourth' 20270313T090000Z >/dev/null
sync 'sync of edits and creations' users
both 'edits: both sides agree'
is 'edits: A holds all four' "$(raw list $A "$a" | cut -d' ' -f2- | sort)" "four Fourth
one From A edited
three Third
two From B edited"
dav $A DELETE "${a}three.ics" >/dev/null
dav $B DELETE "${b}four.ics" >/dev/null
sync 'sync of deletions' users
is 'deletions: gone on A' "$(raw list $A "$a" | cut -d' ' -f2- | sort)" "one From A edited
two From B edited"
both 'deletions: gone on B'

# Both edit the same event: A wins.
put $A "${a}one.ics" one 'A says' 20270310T110000Z >/dev/null
put $B "$(raw href $B "$b" one)" one 'B says' 20270310T120000Z >/dev/null
sync 'sync of a conflict' users
has 'conflict: A wins on B' "$(raw get $B "$b" one)" '^SUMMARY:A says$'
has 'conflict: A keeps its own' "$(raw get $A "$a" one)" '^DTSTART:20270310T110000Z$'
before=$(raw property $A "$a" '{http://calendarserver.org/ns/}getctag')
sync 'sync with nothing to do' users
is 'nothing to do: nothing is written' "$(raw property $A "$a" '{http://calendarserver.org/ns/}getctag')" "$before"

# Name and colour.
dav $A PROPPATCH "$a" -H 'Content-Type: application/xml' --data '<D:propertyupdate xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop><D:displayname>Büro &amp; Co</D:displayname><A:calendar-color>#00FF7FFF</A:calendar-color></D:prop></D:set></D:propertyupdate>' >/dev/null
log=$(run metasync users); done_ 'metasync of two users' "$log" $?
is 'metasync: name came to B' "$(raw property $B "$b" '{DAV:}displayname')" 'Büro & Co'
has 'metasync: colour came to B' "$(raw property $B "$b" '{http://apple.com/ns/ical/}calendar-color')" '^#00(FF|ff)7(F|f)'

# A calendar and a folder.
log=$(discover folder); done_ 'discovers the folder' "$log" $?
sync 'first sync with the folder' folder
is 'folder: has the files' "$(cat "$folder"/main/*.ics | tr -d '\r' | grep ^SUMMARY | sort)" "SUMMARY:A says
SUMMARY:From B edited"
event five 'From the folder' 20270320T090000Z >"$folder/main/five.ics"
file=$(grep -l '^UID:one' "$folder"/main/*.ics)
sed -i 's/^SUMMARY:.*/SUMMARY:Edited in the folder\r/' "$file"
put $A "${a}six.ics" six 'From the server' 20270321T090000Z >/dev/null
sync 'sync of both directions with the folder' folder
is 'folder: the server holds all' "$(raw list $A "$a" | cut -d' ' -f2- | sort)" "five From the folder
one Edited in the folder
six From the server
two From B edited"
has 'folder: the new event came' "$(cat "$folder"/main/*.ics)" '^SUMMARY:From the server'
rm "$folder/main/five.ics"
dav $A DELETE "${a}six.ics" >/dev/null
sync 'sync of deletions with the folder' folder
is 'folder: deletions reached the server' "$(raw list $A "$a" | cut -d' ' -f2- | sort)" "one Edited in the folder
two From B edited"
lacks 'folder: deletions reached the folder' "$(cat "$folder"/main/*.ics)" 'From the (server|folder)'
sed -i 's/^SUMMARY:.*/SUMMARY:Folder says\r/' "$file"
put $A "$(raw href $A "$a" one)" one 'Server says' 20270310T110000Z >/dev/null
sync 'sync of a conflict with the folder' folder
has 'folder conflict: the server wins' "$(cat "$file")" '^SUMMARY:Server says'
log=$(run metasync folder); done_ 'metasync with the folder' "$log" $?
is 'metasync: the folder has the name' "$(cat "$folder/main/displayname")" 'Büro & Co'
has 'metasync: the folder has the colour' "$(tr a-f A-F <"$folder/main/color")" '^#00FF7F'
printf '#112233' >"$folder/main/color"
log=$(run metasync folder); done_ 'metasync of a colour set in the folder' "$log" $?
has 'metasync: the colour came to the server' "$(raw property $A "$a" '{http://apple.com/ns/ical/}calendar-color')" '^#112233'

# An event that an invitation client would send with odd bytes comes through unharmed, both ways.
event odd 'Größe <&> "x"; a, b \ 100%' 20270401T090000Z 'X-ODD;X-P="a;b:c":v\;w\,x' 'DESCRIPTION:Zeile 1\nZeile 2 – 漢字 🎉' >"$folder/main/odd.ics"
sync 'sync of an event with odd characters' folder
is 'odd characters: the server holds what the file holds' "$(raw get $A "$a" odd)" "$(tr -d '\r' <"$folder/main/odd.ics")"
sync 'and on to the other user' users
is 'odd characters: the other user holds it too' "$(raw get $B "$b" odd)" "$(tr -d '\r' <"$folder/main/odd.ics")"
