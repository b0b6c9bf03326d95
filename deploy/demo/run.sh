#!/usr/bin/env bash
# Runs the server in the foreground; the first time it makes demo accounts with some events. usage: run.sh BINARY DATA LISTEN
set -euo pipefail
binary=$1 data=$2 listen=$3
here=$(cd "$(dirname "$0")" && pwd)
url=http://$listen
accounts=$data/demo-accounts.txt

# In a process group of its own, so that Ctrl-C comes to it once, by the trap.
set -m
"$binary" serve --data "$data" --listen "$listen" --set domain=example.com &
server=$!
set +m
trap 'kill -TERM $server 2>/dev/null || true' INT TERM

# ready asks /readyz, with nothing but the shell.
ready() {
  local status
  exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}" || return 1
  printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
  read -r status <&3 || status=
  exec 3>&-
  [[ $status == *" 200 "* ]]
} 2>/dev/null
until ready; do
  kill -0 $server 2>/dev/null || { wait $server; exit; }
  sleep 0.1
done

secret() { tr -dc 'abcdefghjkmnpqrstuvwxyz23456789' </dev/urandom | head -c 14 || true; }

# event UID SUMMARY DAYS-FROM-TODAY HHMM HOURS [more lines]
event() {
  printf 'BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:%s\r\nSUMMARY:%s\r\nDTSTART:%sT%s00\r\nDURATION:PT%sH\r\n' \
    "$1@demo.example.com" "$(date -u +%Y%m%dT%H%M%SZ)" "$2" "$(date -d "$3 days" +%Y%m%d)" "$4" "$5"
  [ -z "${6:-}" ] || printf '%s\r\n' "$6"
  printf 'END:VEVENT\r\n'
}
calendar() {
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//demo//EN\r\n'
  cat
  printf 'END:VCALENDAR\r\n'
}

make_demo() {
  local name
  (umask 077; printf '%-8s %s\n' ann "$(secret)" bob "$(secret)" admin "$(secret)" >"$accounts.new")
  {
    echo name,kind,password,display_name,admin
    while read -r name password; do
      echo "$name,user,$password,${name^},$([ "$name" = admin ] && echo true || echo false)"
    done <"$accounts.new"
    echo "blue,room,,Blue room,false"
  } | "$binary" user import --data "$data" --set domain=example.com - >/dev/null
  {
    event standup "Team meeting" 0 0930 1 "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"
    event dentist "Dentist" 2 1400 1 "LOCATION:12 Main Street"
    event review "Quarterly review" 5 1000 2 "DESCRIPTION:Bring the figures."
    printf 'BEGIN:VEVENT\r\nUID:trip@demo.example.com\r\nDTSTAMP:%s\r\nSUMMARY:Trip to the coast\r\nDTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\nEND:VEVENT\r\n' \
      "$(date -u +%Y%m%dT%H%M%SZ)" "$(date -d '9 days' +%Y%m%d)" "$(date -d '12 days' +%Y%m%d)"
    printf 'BEGIN:VTODO\r\nUID:tax@demo.example.com\r\nDTSTAMP:%s\r\nSUMMARY:Hand in the tax return\r\nDUE;VALUE=DATE:%s\r\nSTATUS:NEEDS-ACTION\r\nEND:VTODO\r\n' \
      "$(date -u +%Y%m%dT%H%M%SZ)" "$(date -d '20 days' +%Y%m%d)"
  } | calendar | "$binary" calendar import --data "$data" ann Default - >/dev/null
  {
    event lunch "Lunch with Ann" 1 1230 1
    event choir "Choir" 3 1900 2 "RRULE:FREQ=WEEKLY;COUNT=20"
  } | calendar | "$binary" calendar import --data "$data" bob Default - >/dev/null
  mv "$accounts.new" "$accounts"
}

[ -s "$accounts" ] || make_demo

cat <<TEXT

  convene is running. Open this in a calendar program (docs/clients.md), with one of the accounts below:

      $url/

      name     password
$(sed 's/^/      /' "$accounts")

  The data are in $data/; Ctrl-C stops the server.

TEXT
status=0
wait $server || status=$?
while kill -0 $server 2>/dev/null; do sleep 0.1; done # a signal ends the wait before the server has stopped
exit $((status > 128 ? 0 : status))
