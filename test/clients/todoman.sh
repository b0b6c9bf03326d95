#!/bin/bash
# todoman works on a list of tasks that vdirsyncer keeps in step with the server.
. "$(dirname "$0")/lib.sh"
A=user04
folder=$WORK/folder tasks=$(home $A)tasks/
mkdir -p "$folder"
is 'a calendar of tasks is made' "$(mkcalendar $A tasks VTODO)" 201
cat >"$WORK/vdirsyncer" <<CONF
[general]
status_path = "$WORK/status/"
[pair main]
a = "remote"
b = "local"
collections = [["tasks", "tasks", "tasks"]]
conflict_resolution = "a wins"
metadata = ["displayname"]
[storage remote]
type = "caldav"
url = "$(home $A)"
username = "$A"
password = "$A"
item_types = ["VTODO"]
[storage local]
type = "filesystem"
path = "$folder"
fileext = ".ics"
CONF
cat >"$WORK/todoman.py" <<CONF
path = "$folder/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "tasks"
cache_path = "$WORK/todoman.db"
CONF
export TODOMAN_CONFIG=$WORK/todoman.py
todo() { todoman --config "$WORK/todoman.py" "$@" 2>&1 </dev/null; }
sync() { # label
  log=$(vdirsyncer -c "$WORK/vdirsyncer" sync 2>&1); done_ "$1" "$log" $?
}
log=$(vdirsyncer -c "$WORK/vdirsyncer" discover 2>&1 <<<$'y\ny\n'); done_ 'discovers the list' "$log" $?
vdirsyncer -c "$WORK/vdirsyncer" metasync >/dev/null 2>&1

task() { # uid, summary, further lines
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//client tests//EN\r\nBEGIN:VTODO\r\nUID:%s\r\nDTSTAMP:20270101T000000Z\r\nSUMMARY:%s\r\n' "$1" "$2"
  [ $# -gt 2 ] && printf '%s\r\n' "${@:3}"
  printf 'END:VTODO\r\nEND:VCALENDAR\r\n'
}
putTask() { # name, then the arguments of task
  task "${@:2}" | curl -sS -o /dev/null -w '%{http_code}\n' -u "$A:$A" -T - -H 'Content-Type: text/calendar' "$tasks$1"
}
uid() { raw list $A "$tasks" | sed -n "s/^[^ ]* \([^ ]*\) $1\$/\1/p"; }
number() { todo list --status ANY | sed -n "s/^\[.\] *\([0-9]*\) .*$1.*/\1/p"; } # as todoman counts them

# Made in todoman.
log=$(todo new -l tasks 'Buy milk' --due '2027-03-10 18:00' --priority high); done_ 'new task' "$log" $?
log=$(todo new -l tasks 'Call Jörg' --due 2027-03-12); done_ 'new task without a time' "$log" $?
sync 'sync of new tasks'
is 'the server holds them' "$(raw list $A "$tasks" | cut -d' ' -f3- | sort)" "Buy milk
Call Jörg"
has 'due time' "$(raw get $A "$tasks" "$(uid 'Buy milk')")" '^DUE[;:].*20270310T1[78]0000'
has 'priority' "$(raw get $A "$tasks" "$(uid 'Buy milk')")" '^PRIORITY:4$|^PRIORITY:1$'

# Made elsewhere.
is 'a task is made elsewhere' "$(putTask r.ics remote-1 'Water plants' 'DUE;VALUE=DATE:20270315' 'STATUS:NEEDS-ACTION')" 201
sync 'sync of a task made elsewhere'
has 'list shows it' "$(todo list)" 'Water plants'
has 'list shows the own one' "$(todo list)" 'Buy milk'

# Completed in todoman, and elsewhere.
log=$(todo done "$(number 'Buy milk')"); done_ 'done' "$log" $?
is 'a task is completed elsewhere' "$(putTask r.ics remote-1 'Water plants' 'DUE;VALUE=DATE:20270315' 'STATUS:COMPLETED' 'COMPLETED:20270311T100000Z' 'PERCENT-COMPLETE:100')" 204
sync 'sync of completions'
milk=$(raw get $A "$tasks" "$(uid 'Buy milk')")
has 'the server knows that it is completed' "$milk" '^STATUS:COMPLETED$'
has 'and when' "$milk" '^COMPLETED[;:].*[0-9]{8}T[0-9]{6}'
lacks 'list shows neither' "$(todo list)" 'Water plants|Buy milk'
has 'list of the completed shows both' "$(todo list --status COMPLETED)" 'Water plants'

# Edited and deleted in todoman.
log=$(todo edit "$(number 'Call')" --due 2027-04-01); done_ 'edit' "$log" $?
log=$(yes | todoman --config "$WORK/todoman.py" delete --yes "$(number 'Buy milk')" 2>&1); lacks 'delete' "$log" 'Error'
sync 'sync of an edit and a deletion'
has 'the server holds the edit' "$(raw get $A "$tasks" "$(uid 'Call Jörg')")" '^DUE[;:].*20270401|^DUE[;:].*20270331T22'
lacks 'the server has deleted it' "$(raw list $A "$tasks")" 'Buy milk'
is 'events are not taken here' "$(put $A "${tasks}e.ics" event-1 'An event' 20270310T090000Z)" 403
