# Sourced by the tests of one client each. run.sh sets URL (the server's origin), WORK (an empty folder) and DAV (the
# prefix of calendar homes); accounts are user01 and so on, with their names as passwords.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C.UTF-8 TZ=Europe/Berlin PYTHONWARNINGS=ignore
client=$(basename "$0" .sh)

ok() { echo "ok    $client: $1"; }
bad() { # name, then what was got and what was wanted
  echo "FAIL  $client: $1"
  printf '%s\n' "${@:2}" | head -60 | sed 's/^/        /'
}
is() { # name, got, want: equal
  if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "got:" "$2" "want:" "$3"; fi
}
has() { # name, text, pattern: the text has a line that matches
  if grep -qE -- "$3" <<<"$2"; then ok "$1"; else bad "$1" "no line matches $3 in:" "$2"; fi
}
lacks() { # name, text, pattern
  if grep -qE -- "$3" <<<"$2"; then bad "$1" "a line matches $3 in:" "$2"; else ok "$1"; fi
}
done_() { # name, log, status: the client itself was content
  if [ "$3" = 0 ]; then ok "$1"; else bad "$1" "exit status $3" "$2"; fi
}

# What the server holds, by a way that has nothing to do with the client under test.
home() { echo "$URL$DAV/$1/"; }
raw() { /usr/bin/python3 "$here/raw.py" "$@"; }
dav() { # user, method, url, further arguments of curl
  curl -sS -o /dev/null -w '%{http_code}\n' -u "$1:$1" -X "$2" "$3" "${@:4}"
}
event() { # uid, summary, start (UTC), further lines
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//client tests//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:%s\r\nDURATION:PT1H\r\nSUMMARY:%s\r\n' "$1" "$3" "$2"
  [ $# -gt 3 ] && printf '%s\r\n' "${@:4}"
  printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
}
put() { # user, url, then the arguments of event
  event "${@:3}" | curl -sS -o /dev/null -w '%{http_code}\n' -u "$1:$1" -T - -H 'Content-Type: text/calendar; charset=utf-8' "$2"
}
mkcalendar() { # user, name, component
  dav "$1" MKCALENDAR "$(home "$1")$2/" -H 'Content-Type: application/xml' --data '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>'"$2"'</D:displayname><C:supported-calendar-component-set><C:comp name="'"$3"'"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>'
}
