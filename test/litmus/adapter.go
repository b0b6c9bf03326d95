package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// adapter stands between litmus and a CalDAV server: files become calendar objects and are files again when they are read, folders
// become calendars. All else, above all every status, goes through as it is.
type adapter struct {
	server string // its origin
	mu     sync.Mutex
	tree   *tree
}

// ServeHTTP passes one request on.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	resp, err := a.pass(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(resp.content) // litmus notices if it does not get it
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	content []byte
}

// send does one request on the server.
func (a *adapter) send(r *http.Request, method, path string, header http.Header, body []byte) (*answer, error) {
	out, err := http.NewRequestWithContext(r.Context(), method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header, out.Host = header, r.Host
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	return &answer{resp, content}, err
}

// plain are the headers of a request that the adapter does by itself.
func plain(r *http.Request) http.Header {
	return http.Header{"Authorization": r.Header["Authorization"]}
}

func (a *adapter) pass(r *http.Request, body []byte) (*answer, error) {
	p := a.tree.path(r.URL.EscapedPath())
	method, header := r.Method, r.Header.Clone()
	header.Del("Expect")
	path := a.tree.real(p)
	switch method {
	case "MKCOL":
		p = strings.TrimSuffix(p, "/") + "/"
		var err error
		if path, err = a.newFolder(r, p); err != nil {
			return nil, err
		}
		if len(body) == 0 {
			method = "MKCALENDAR"
		}
	case "PUT":
		uid, err := a.uid(r, path)
		if err != nil {
			return nil, err
		}
		body = wrap(uid, body)
		header.Set("Content-Type", "text/calendar")
	}
	dest := ""
	if d := header.Get("Destination"); d != "" {
		dest = a.tree.path(d)
		if err := a.apart(r, p, dest); err != nil {
			return nil, err
		}
		header.Set("Destination", mapURL(d, func(string) string { return a.tree.real(a.destination(p, dest)) }))
	}
	if cond := header.Get("If"); cond != "" {
		header.Set("If", resources.ReplaceAllStringFunc(cond, func(tag string) string {
			return "<" + mapURL(strings.Trim(tag, "<>"), func(s string) string { return a.tree.real(a.tree.path(s)) }) + ">"
		}))
	}
	resp, err := a.send(r, method, path, header, body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		if err := a.follow(r, p, a.destination(p, dest)); err != nil {
			return nil, err
		}
	}
	a.translate(r, resp)
	return resp, nil
}

// newFolder is the path on the server of a folder that is to be made. Below a file there is none, and the server is to say so.
func (a *adapter) newFolder(r *http.Request, p string) (string, error) {
	file := a.tree.real(strings.TrimSuffix(p, "/"))
	there, err := a.send(r, "HEAD", file, plain(r), nil)
	if err == nil && there.StatusCode == http.StatusOK && !a.tree.folders[p] {
		return file + "/", nil
	}
	return a.tree.real(p), err
}

// destination is where a folder goes: it stays one.
func (a *adapter) destination(from, dest string) string {
	if dest != "" && strings.HasSuffix(from, "/") && !strings.HasSuffix(dest, "/") {
		return dest + "/"
	}
	return dest
}

// apart sees to it that a new copy beside its original does not lie in the same calendar.
func (a *adapter) apart(r *http.Request, from, dest string) error {
	dir, name := split(dest)
	if src, file := split(from); r.Method != "COPY" || src != dir || file == "" || name == "" || a.tree.copied[dest] || a.tree.copied[from] {
		return nil
	}
	there, err := a.send(r, "HEAD", a.tree.real(dest), plain(r), nil)
	if err != nil || there.StatusCode != http.StatusNotFound {
		return err
	}
	a.tree.copied[dest] = true
	_, err = a.send(r, "MKCALENDAR", a.tree.home+calendar(dir)+copies+"/", plain(r), nil) // 405 if it is there already
	return err
}

// follow keeps account of what was done, and does to the folders in a folder what was done to it: on the server they are its neighbours.
func (a *adapter) follow(r *http.Request, p, dest string) error {
	isFolder := strings.HasSuffix(p, "/")
	switch r.Method {
	case "MKCOL":
		a.tree.folders[p] = true
	case "DELETE":
		for _, f := range a.tree.below(p) {
			if _, err := a.send(r, "DELETE", a.tree.real(f), plain(r), nil); err != nil {
				return err
			}
		}
		if isFolder {
			if _, err := a.send(r, "DELETE", a.tree.home+calendar(p)+copies+"/", plain(r), nil); err != nil {
				return err
			}
		}
		a.tree.forget(p)
	case "COPY", "MOVE":
		if !isFolder {
			break
		}
		a.tree.folders[dest] = true
		for _, f := range a.tree.below(p) {
			to := dest + strings.TrimPrefix(f, p)
			a.tree.folders[to] = true
			if r.Header.Get("Depth") == "0" {
				delete(a.tree.folders, to)
				continue
			}
			header := plain(r)
			header.Set("Destination", a.tree.real(to))
			if _, err := a.send(r, r.Method, a.tree.real(f), header, nil); err != nil {
				return err
			}
		}
	}
	if r.Method == "MOVE" {
		a.tree.forget(p)
	}
	return nil
}

var (
	resources = regexp.MustCompile(`<https?://[^>]*>`)
	hrefs     = regexp.MustCompile(`(<D:href>)([^<]*)(</D:href>)`)
)

// translate makes an answer one about files.
func (a *adapter) translate(r *http.Request, resp *answer) {
	if location := resp.Header.Get("Location"); location != "" {
		resp.Header.Set("Location", mapURL(location, a.tree.litmus))
	}
	switch kind := resp.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/xml"):
		resp.content = hrefs.ReplaceAllFunc(resp.content, func(m []byte) []byte {
			part := hrefs.FindSubmatch(m)
			return fmt.Appendf(nil, "%s%s%s", part[1], mapURL(string(part[2]), a.tree.litmus), part[3])
		})
	case strings.HasPrefix(kind, "text/calendar") && r.Method == http.MethodGet && resp.StatusCode == http.StatusOK:
		resp.content = unwrap(resp.content)
		resp.Header.Set("Content-Type", "application/octet-stream")
	}
	if r.Method != http.MethodHead {
		resp.Header.Del("Content-Length")
	}
}

// uid is that of the object there, which no PUT may change, or a new one.
func (a *adapter) uid(r *http.Request, path string) (string, error) {
	resp, err := a.send(r, "GET", path, plain(r), nil)
	if err != nil {
		return "", err
	}
	if _, rest, found := strings.Cut(string(resp.content), "\r\nUID:"); found && resp.StatusCode == http.StatusOK {
		uid, _, _ := strings.Cut(rest, "\r\n")
		return uid, nil
	}
	return rand.Text(), nil
}

const fold = "\r\n "

// wrap makes a calendar object that holds a file.
func wrap(uid string, file []byte) []byte {
	var b bytes.Buffer
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//litmus//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nX-FILE:")
	for text := base64.StdEncoding.EncodeToString(file); text != ""; {
		n := min(60, len(text))
		b.WriteString(fold + text[:n])
		text = text[n:]
	}
	b.WriteString("\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	return b.Bytes()
}

// unwrap returns the file in an object, or the object if there is none.
func unwrap(object []byte) []byte {
	_, rest, found := strings.Cut(strings.ReplaceAll(string(object), fold, ""), "\r\nX-FILE:")
	text, _, _ := strings.Cut(rest, "\r\n")
	file, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil {
		return object
	}
	return file
}
