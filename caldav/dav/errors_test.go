package dav

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWriteError(t *testing.T) {
	const root = `<D:error` + declarations + `>`
	for _, test := range []struct {
		name   string
		method string
		e      *Error
		status int
		body   string // after the XML declaration; "" for none
	}{
		{"condition and sentence", "PUT", Fail(403, CalDAV("valid-calendar-data"), "line 3: <%s>", "x"), 403,
			root + `<C:valid-calendar-data/><D:responsedescription>line 3: &lt;x&gt;</D:responsedescription></D:error>`},
		{"condition with content", "PUT", &Error{Status: 409, Condition: CalDAV("no-uid-conflict"), Inner: `<D:href>/a</D:href>`}, 409,
			root + `<C:no-uid-conflict><D:href>/a</D:href></C:no-uid-conflict></D:error>`},
		{"condition of another namespace", "PUT", &Error{Status: 403, Condition: Name{"u", "x"}}, 403,
			root + `<X:x xmlns:X="u"/></D:error>`},
		{"sentence only", "GET", Fail(404, Name{}, "nothing here"), 404,
			root + `<D:responsedescription>nothing here</D:responsedescription></D:error>`},
		{"status only", "PUT", &Error{Status: 412}, 412, ""},
		{"to HEAD", "HEAD", Fail(404, Name{}, "nothing here"), 404, ""},
		{"not modified", "GET", Fail(304, Name{}, "nothing new"), 304, ""},
		{"further headers", "FOO", &Error{Status: 405, Header: map[string]string{"Allow": "GET, PUT"}}, 405, ""},
		{"impossible status", "GET", &Error{Status: 42}, 500, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("ETag", `"1"`) // a 304 keeps it, RFC 9110 section 15.4.5
			WriteError(w, httptest.NewRequest(test.method, "/", nil), test.e)
			body := strings.TrimSuffix(strings.TrimPrefix(w.Body.String(), xmlDeclaration), "\n")
			if w.Code != test.status || body != test.body || (w.Header().Get("ETag") != "") != (w.Code == 304) {
				t.Errorf("got %d %v %s\nwant %d %s", w.Code, w.Header(), body, test.status, test.body)
			}
			for name, want := range test.e.Header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if got := w.Header().Get("Content-Type"); body != "" && got != ContentTypeXML {
				t.Errorf("Content-Type is %q", got)
			}
			if body != "" {
				if err := wellFormed(w.Body.Bytes()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestFail(t *testing.T) {
	err := error(Fail(400, Name{}, "the body ends early: %w", io.ErrUnexpectedEOF))
	if !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "400 Bad Request: the body ends early: unexpected EOF" {
		t.Errorf("got %v", err)
	}
	err = &Error{Status: 403, Condition: DAV("need-privileges"), Detail: "no", Err: io.EOF}
	if got, want := err.Error(), "403 Forbidden {DAV:}need-privileges: no: EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func fill(s *Stream, n int) error {
	for range n {
		s.StartResponse("/a")
		s.StartProps()
		s.Text(strings.Repeat("x", 1000))
		s.EndProps()
		if err := s.EndResponse(); err != nil {
			return err
		}
	}
	return s.StatusResponse("/b", http.StatusNotFound, Name{}, "")
}

func TestStream(t *testing.T) {
	for _, test := range []struct {
		name      string
		responses int
		whole     bool
	}{{"empty", 0, true}, {"small", 20, true}, {"large", 500, false}} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := NewStream(w)
				defer s.Discard()
				if err := fill(s, test.responses); err != nil {
					t.Error(err)
				}
				if s.Sent() == test.whole {
					t.Errorf("Sent is %v before Close", s.Sent())
				}
				if err := s.Close(); err != nil || !s.Sent() {
					t.Errorf("Close: %v, Sent is %v", err, s.Sent())
				}
			}))
			defer server.Close()
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if err := wellFormed(body); err != nil {
				t.Error(err)
			}
			if got := strings.Count(string(body), "<D:response>"); got != test.responses+1 {
				t.Errorf("got %d responses, want %d", got, test.responses+1)
			}
			if resp.StatusCode != 207 || resp.Header.Get("Content-Type") != ContentTypeXML || (resp.ContentLength >= 0) != test.whole {
				t.Errorf("got %d, length %d, %v", resp.StatusCode, resp.ContentLength, resp.Header)
			}
		})
	}
}

func TestStreamDiscarded(t *testing.T) {
	w := httptest.NewRecorder()
	s := NewStream(w)
	s.StartResponse("/a")
	s.Discard()
	s.Discard()
	WriteError(w, httptest.NewRequest("PROPFIND", "/", nil), Fail(500, Name{}, "no"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "multistatus") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

type deafWriter struct{ http.ResponseWriter }

func (deafWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestStreamToNobody(t *testing.T) {
	s := NewStream(deafWriter{httptest.NewRecorder()})
	defer s.Discard()
	if err := fill(s, 1000); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the error of the connection", err)
	}
}
