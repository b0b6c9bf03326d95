#!/bin/bash
# calcurse-caldav fills calcurse from a calendar, a calendar from calcurse, and then keeps the two in step.
. "$(dirname "$0")/lib.sh"
A=user06 B=user07
a=$(home $A)Default/ b=$(home $B)Default/
use() { # user, folder: a set-up of calcurse of its own
  user=$1 dir=$WORK/$2
  mkdir -p "$dir/data"
  cat >"$dir/config" <<CONF
[General]
Hostname = ${URL#http://}
Path = $DAV/$user/Default/
HTTPS = No
AuthMethod = basic
DryRun = No
SyncFilter = cal,todo
[Auth]
Username = $user
Password = $user
CONF
}
sync() { # label, further arguments
  log=$(/usr/bin/python3 /usr/bin/calcurse-caldav --config "$dir/config" --datadir "$dir/data" --lockfile "$dir/lock" --syncdb "$dir/sync.db" --hookdir "$dir/hooks" "${@:2}" 2>&1)
  done_ "$1" "$log" $?
}
local_() { calcurse -D "$dir/data" -Q --from 03/01/2027 --days 61 --filter-type cal --format-apt '%S %m\n' --format-recur-apt '%S %m\n' --format-event '%m\n' --format-recur-event '%m\n' 2>&1; }
import_() { calcurse -D "$dir/data" -q -i - >/dev/null; }

# From the server into an empty calcurse.
put $A "${a}one.ics" one 'From the server' 20270310T090000Z >/dev/null
put $A "${a}series.ics" series 'Series' 20270315T090000Z 'RRULE:FREQ=WEEKLY;COUNT=3' >/dev/null
use $A first
sync 'init from the server' --init keep-remote
has 'calcurse has the event, in local time' "$(local_)" '10:00 From the server'
is 'calcurse has each instance' "$(local_ | grep -c Series)" 3
is 'the server is as it was' "$(raw list $A "$a")" "one.ics one From the server
series.ics series Series"

# Changes on both sides.
event local-1 'From calcurse' 20270320T120000Z | import_
put $A "${a}two.ics" two 'Second from the server' 20270311T090000Z >/dev/null
sync 'sync of both directions'
is 'the server holds all' "$(raw list $A "$a" | cut -d' ' -f3- | sort)" "From calcurse
From the server
Second from the server
Series"
has 'calcurse has the new one' "$(local_)" '10:00 Second from the server'
has 'the pushed event has its time' "$(raw list $A "$a" | while read -r _ uid title; do [ "$title" = 'From calcurse' ] && raw get $A "$a" "$uid"; done)" '^DTSTART[;:].*20270320T1[23]0000'
put $A "${a}one.ics" one 'Edited on the server' 20270310T110000Z >/dev/null
dav $A DELETE "${a}two.ics" >/dev/null
sync 'sync of an edit and a deletion on the server'
has 'calcurse has the edit' "$(local_)" '12:00 Edited on the server'
lacks 'calcurse has no old version' "$(local_)" 'From the server'
lacks 'calcurse has deleted it' "$(local_)" 'Second'
calcurse -D "$dir/data" -F --filter-pattern '^(Edited|Series)' >/dev/null 2>&1 # keeps these only
sync 'sync of a deletion in calcurse'
is 'the server has deleted it' "$(raw list $A "$a" | cut -d' ' -f3- | sort)" "Edited on the server
Series"
before=$(raw property $A "$a" '{http://calendarserver.org/ns/}getctag')
sync 'sync with nothing to do'
is 'nothing to do: nothing is written' "$(raw property $A "$a" '{http://calendarserver.org/ns/}getctag')" "$before"

# From calcurse into a calendar, whose content goes.
use $B second
put $B "${b}old.ics" old 'Has to go' 20270310T090000Z >/dev/null
event mine-1 'Mine' 20270322T090000Z | import_
event mine-2 'Mine too' 20270323T090000Z 'RRULE:FREQ=DAILY;COUNT=2' | import_
sync 'init from calcurse' --init keep-local
is 'the server holds what calcurse had' "$(raw list $B "$b" | cut -d' ' -f3- | sort)" "Mine
Mine too"

# Both merged.
use $B third
event third-1 'Third' 20270324T090000Z | import_
sync 'init two-way' --init two-way
is 'two-way: the server holds both' "$(raw list $B "$b" | cut -d' ' -f3- | sort)" "Mine
Mine too
Third"
is 'two-way: calcurse has both' "$(local_ | grep -cE 'Mine|Third')" 4
