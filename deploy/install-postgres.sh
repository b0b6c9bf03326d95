#!/usr/bin/env bash
# Installs the programs of the PostgreSQL server, unless they are there: the server starts a cluster of its own with
# them. It does not make or start the cluster that Debian's package would otherwise make.
set -euo pipefail

found() {
  if [ -n "${CONVENE_PG_BIN:-}" ]; then [ -x "$CONVENE_PG_BIN/initdb" ] && return; fi
  local dir
  for dir in $(IFS=:; echo $PATH) /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return
  done
  return 1
}

die() { echo "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_debian() {
  # Read by pg_createcluster, which the package calls when it is installed.
  local conf=/etc/postgresql-common/createcluster.d/convene-install.conf
  as_root mkdir -p "${conf%/*}"
  echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
  trap 'as_root rm -f '"$conf" EXIT
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql
}

found && exit 0
echo "Installing the programs of the PostgreSQL server."
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
  die "PostgreSQL is missing, and there is no sudo to install it with. Install PostgreSQL 14 or later as root, or set CONVENE_PG_BIN to the folder of its programs."
if command -v apt-get >/dev/null; then
  install_debian
elif command -v dnf >/dev/null; then
  as_root dnf install -y postgresql-server postgresql-contrib
elif command -v apk >/dev/null; then
  as_root apk add postgresql postgresql-contrib
else
  die "PostgreSQL is missing, and this script does not know the package manager here. Install PostgreSQL 14 or later."
fi
found || die "The package is installed, but initdb and postgres are not where they are looked for: set CONVENE_PG_BIN to their folder."
