"""What a CalDAV server holds, read with nothing but the standard library.

usage: raw.py list USER URL            members of a calendar, a line each: name, UID, SUMMARY
       raw.py get USER URL UID         the object of that UID, unfolded, without line ends of its own
       raw.py href USER URL UID        the URL of the object of that UID
       raw.py property USER URL NAME   a property, its name as {namespace}local
"""

import base64
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET


def request(user, method, url, body=None, **headers):
    auth = base64.b64encode(f"{user}:{user}".encode()).decode()
    headers = {"Authorization": "Basic " + auth, "Content-Type": "application/xml", **headers}
    req = urllib.request.Request(url, body.encode() if body else None, headers, method=method)
    with urllib.request.urlopen(req) as resp:
        return resp.read().decode()


def propfind(user, url, depth, space, local):
    body = f'<propfind xmlns="DAV:"><prop><x:{local} xmlns:x="{space}"/></prop></propfind>'
    answer = ET.fromstring(request(user, "PROPFIND", url, body, Depth=depth))
    for response in answer.findall("{DAV:}response"):
        for propstat in response.findall("{DAV:}propstat"):
            if " 200 " in propstat.findtext("{DAV:}status"):
                prop = propstat.find("{DAV:}prop").find(f"{{{space}}}{local}")
                yield response.findtext("{DAV:}href"), prop


def objects(user, url):
    """Yields name, URL and unfolded lines of each member."""
    own = urllib.parse.urlparse(url).path.rstrip("/")
    for href, _ in propfind(user, url, "1", "DAV:", "getetag"):
        path = urllib.parse.urlparse(href).path
        if urllib.parse.unquote(path).rstrip("/") == urllib.parse.unquote(own):
            continue
        member = urllib.parse.urljoin(url, path)
        data = request(user, "GET", member).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
        yield path.rsplit("/", 1)[1], member, data.splitlines()


def value(lines, name):
    inside = False
    for line in lines:
        if line in ("BEGIN:VEVENT", "BEGIN:VTODO", "BEGIN:VJOURNAL"):
            inside = True
        if inside and line.split(":")[0].split(";")[0] == name:
            return line.split(":", 1)[1]
    return ""


def main(what, user, url, *rest):
    if what == "property":
        space, local = rest[0][1:].split("}")
        for _, prop in propfind(user, url, "0", space, local):
            print((prop.text or "").strip())
        return
    found = []
    for name, member, lines in objects(user, url):
        uid = value(lines, "UID")
        if what == "list":
            found.append(f"{name} {uid} {value(lines, 'SUMMARY')}")
        elif uid == rest[0]:
            found.append(member if what == "href" else "\n".join(lines))
    print("\n".join(sorted(found)))


main(*sys.argv[1:])
