#!/bin/bash
# Runs real calendar clients against a convene of its own: one line a test, then how many passed and failed.
# usage: run.sh [CLIENT...]     vdirsyncer khal todoman calcurse library tsdav litmus; all of them by default
#   CONVENE            the binary; built if not set
#   CONVENE_TEST_URL   another server to test instead, with its accounts user01.. there already
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
clients=("$@")
[ ${#clients[@]} -gt 0 ] || clients=(vdirsyncer khal todoman calcurse library tsdav litmus)

"$here/install.sh"
top=$(mktemp -d)
chmod 755 "$top" # the private database runs as another user
pid=
finish() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; fi
  rm -rf "$top"
}
trap finish EXIT

if [ -n "${CONVENE_TEST_URL:-}" ]; then
  export URL=$CONVENE_TEST_URL
else
  if [ -z "${CONVENE:-}" ]; then
    CONVENE=$top/convene
    (cd "$root" && go build -o "$CONVENE" ./cmd/convene)
  fi
  port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export URL=http://127.0.0.1:$port
  "$CONVENE" serve --data "$top/data" --listen "127.0.0.1:$port" >"$top/log" 2>&1 &
  pid=$!
  for _ in $(seq 600); do
    curl -fsS -o /dev/null "$URL/readyz" 2>/dev/null && break
    kill -0 "$pid" 2>/dev/null || { cat "$top/log" >&2; exit 1; }
    sleep 0.1
  done
  {
    echo 'name,kind,password,address,display_name,admin'
    for n in 01 02 03 04 05 06 07 08 09 10; do echo "user$n,user,user$n,mailto:user$n@example.com,User $n,false"; done
  } >"$top/users.csv"
  "$CONVENE" user import --data "$top/data" "$top/users.csv" >"$top/import.log" 2>&1 || { cat "$top/import.log" "$top/log" >&2; exit 1; }
fi

if [[ " ${clients[*]} " == *" litmus "* ]]; then
  (cd "$root" && go build -o "$top/run-litmus" ./test/litmus)
fi

export DAV=/dav/calendars/user
for client in "${clients[@]}"; do
  export WORK=$top/$client HOME=$top/home-$client
  mkdir -p "$WORK" "$HOME"
  case $client in
    library) /usr/bin/python3 -W ignore "$here/library.py" || true ;;
    litmus) "$top/run-litmus" "$URL" user09 user10 || true ;;
    tsdav) node "$here/tsdav.mjs" || true ;;
    *) bash "$here/$client.sh" || true ;;
  esac
done 2>&1 | tee "$top/results"

if [ -n "$pid" ] && grep -qE 'panic|fatal error:' "$top/log"; then
  echo "FAIL  server: its log has a panic" | tee -a "$top/results"
fi
passed=$(grep -c '^ok ' "$top/results" || true)
failed=$(grep -c '^FAIL ' "$top/results" || true)
for client in "${clients[@]}"; do
  [ "$client" = library ] && client=python3-caldav
  grep -qE "^ok +$client: " "$top/results" || { echo "FAIL  $client: no test passed"; failed=$((failed + 1)); }
done
if [ "$failed" != 0 ] && [ -n "$pid" ]; then
  echo "the end of the server's log:"
  tail -30 "$top/log"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
