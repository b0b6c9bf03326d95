#!/usr/bin/env bash
# Installs binary, unit and a configuration file to fill in, as root. It starts nothing. usage: install-service.sh BINARY
set -euo pipefail
binary=$1
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "This installs below /usr/local and /etc: run it as root (sudo make install)." >&2; exit 1; }

"$here/install-postgres.sh"
getent passwd convene >/dev/null || useradd --system --home-dir /var/lib/convene --shell /usr/sbin/nologin convene
install -D -m 755 "$binary" /usr/local/bin/convene
install -D -m 644 "$here/convene.service" /etc/systemd/system/convene.service
install -D -m 644 -t /usr/local/share/doc/convene "$here"/../docs/*.md
install -d -m 750 -o root -g convene /etc/convene
if [ ! -e /etc/convene/convene.toml ]; then
  /usr/local/bin/convene config reference >/etc/convene/convene.toml
  chown root:convene /etc/convene/convene.toml
  chmod 640 /etc/convene/convene.toml
fi
if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
cat <<'TEXT'
Installed. Next:
  edit /etc/convene/convene.toml          (listen, url, domain, tls or http.trusted_proxies)
  systemctl enable --now convene
  sudo -u convene convene user add NAME --data /var/lib/convene
  sudo -u convene convene doctor --data /var/lib/convene
TEXT
