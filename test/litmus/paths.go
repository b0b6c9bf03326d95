package main

import (
	"net/url"
	"strings"
)

// litmus makes folders in folders and files in all of them; a calendar home holds calendars, and those hold objects. So the folder
// litmus/coll/sub/ is the calendar litmus~coll~sub, and the file litmus/coll/x the object x in the calendar litmus~coll. A copy beside its
// original has the same UID, which one calendar may hold once (RFC 4791 section 5.3.2.1), so it lies in a second one, litmus~coll~~copies.
const (
	joint  = "~"
	copies = "~~copies"
)

// tree knows what litmus made. Its paths are escaped and relative to the home, folders have a slash at their end.
type tree struct {
	home    string          // /dav/calendars/user/user01/
	folders map[string]bool // that there are
	copied  map[string]bool // files that lie in the second calendar
}

func newTree(home string) *tree {
	return &tree{home: home, folders: map[string]bool{}, copied: map[string]bool{}}
}

// path takes the path of litmus's own view from a request's or that of an absolute URL. A folder that there is gets its slash.
func (t *tree) path(ref string) string {
	if i := strings.Index(ref, "://"); i >= 0 {
		ref = ref[i+3:]
		ref = ref[max(strings.IndexByte(ref, '/'), 0):]
	}
	p := strings.TrimPrefix(ref, t.home)
	if t.folders[p+"/"] {
		return p + "/"
	}
	return p
}

// real is the path on the server.
func (t *tree) real(p string) string {
	if !strings.Contains(p, "/") {
		return t.home + p
	}
	dir, name := split(p)
	if name == "" && (t.folders[p] || t.folders[parent(p)] || parent(p) == "") {
		return t.home + calendar(p) + "/"
	}
	if name == "" { // in a folder that does not exist
		return t.home + calendar(parent(p)) + "/" + strings.TrimPrefix(p, parent(p))
	}
	if t.copied[p] {
		return t.home + calendar(dir) + copies + "/" + name
	}
	return t.home + calendar(dir) + "/" + name
}

// litmus is the reverse of real, for an href in an answer.
func (t *tree) litmus(href string) string {
	rest, ok := strings.CutPrefix(href, t.home)
	if !ok || rest == "" {
		return href
	}
	cal, name, _ := strings.Cut(rest, "/")
	cal = strings.TrimSuffix(cal, copies)
	return t.home + strings.ReplaceAll(cal, joint, "/") + "/" + name
}

// below lists the folders in a folder, and in those.
func (t *tree) below(folder string) (list []string) {
	for f := range t.folders {
		if f != folder && strings.HasPrefix(f, folder) {
			list = append(list, f)
		}
	}
	return list
}

// forget drops a folder with all in it, or a file.
func (t *tree) forget(p string) {
	for _, f := range append(t.below(p), p) {
		delete(t.folders, f)
	}
	for f := range t.copied {
		if f == p || strings.HasSuffix(p, "/") && strings.HasPrefix(f, p) {
			delete(t.copied, f)
		}
	}
}

// split parts a path after the last slash.
func split(p string) (dir, name string) {
	i := strings.LastIndexByte(p, '/') + 1
	return p[:i], p[i:]
}

// parent is the folder that a folder lies in, "" for the home.
func parent(folder string) string {
	dir, _ := split(strings.TrimSuffix(folder, "/"))
	return dir
}

func calendar(folder string) string {
	return strings.ReplaceAll(strings.TrimSuffix(folder, "/"), "/", joint)
}

// mapURL replaces the path of an absolute URL, as in Destination and in the tags of If.
func mapURL(ref string, mapped func(string) string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Host == "" {
		return mapped(ref)
	}
	return u.Scheme + "://" + u.Host + mapped(u.EscapedPath())
}
