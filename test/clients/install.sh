#!/bin/bash
# Installs the calendar clients that run.sh tests with, and litmus: from Debian or Ubuntu's packages, and tsdav from npm.
# It does nothing where all is there. Packages need root or sudo.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

missing=()
for package in vdirsyncer khal todoman python3-caldav calcurse litmus python3-httplib2 curl; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)

if [ ${#missing[@]} -gt 0 ]; then
  root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "test-clients: as root, run: apt-get install ${missing[*]}" >&2; exit 1; }
    root=(sudo)
  fi
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  echo "installing ${missing[*]}"
  install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}")
  "${install[@]}" >"$log" 2>&1 || { "${root[@]}" apt-get update -q >>"$log" 2>&1 && "${install[@]}" >>"$log" 2>&1; } ||
    { cat "$log" >&2; exit 1; }
fi

want=$(sed -n 's/.*"tsdav": "\(.*\)".*/\1/p' "$here/package.json")
have=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$here/node_modules/tsdav/package.json" 2>/dev/null || true)
if [ "$want" != "$have" ]; then
  (cd "$here" && npm ci --silent --no-audit --no-fund --ignore-scripts)
fi
