package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// Client is one device of one user. It may be used by several goroutines.
type Client struct {
	Base     string // scheme and authority
	User     string
	Password string
	HTTP     *http.Client
}

// Client returns a new device of the account called name.
func (s *Server) Client(name string) *Client {
	return &Client{Base: s.URL, User: name, Password: name, HTTP: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
		Timeout:       60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Home returns the path of the user's calendar home.
func (c *Client) Home() string { return "/dav/calendars/user/" + url.PathEscape(c.User) + "/" }

// Principal returns the path of the user's principal.
func (c *Client) Principal() string { return "/dav/principals/user/" + url.PathEscape(c.User) + "/" }

// Default returns the path of the calendar that every home begins with.
func (c *Client) Default() string { return c.Home() + "Default/" }

// Response is an HTTP response read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// ETag returns the ETag header as it was sent.
func (r *Response) ETag() string { return r.Header.Get("ETag") }

// String is for messages: the status and the beginning of the body.
func (r *Response) String() string {
	return fmt.Sprintf("%d %s", r.Status, r.Body[:min(len(r.Body), 800)])
}

// Do sends one request; path goes onto the wire exactly as it is given. headers are pairs of a name and a value; the
// later of two with one name holds, and an empty Authorization sends none.
func (c *Client) Do(ctx context.Context, method, path, body string, headers ...string) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.URL.Opaque = path
	if body != "" {
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
		if strings.HasPrefix(body, "BEGIN:VCALENDAR") {
			req.Header.Set("Content-Type", "text/calendar; charset=utf-8")
		}
	}
	req.SetBasicAuth(c.User, c.Password)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" && headers[i] == "Authorization" {
			req.Header.Del("Authorization")
		}
	}
	start := time.Now()
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: reading the response: %w", method, path, err)
	}
	r := &Response{Status: resp.StatusCode, Header: resp.Header, Body: data, Took: time.Since(start)}
	if os.Getenv("CONVENE_TEST_WIRE") != "" {
		fmt.Fprintf(os.Stderr, ">>> %s %s %q\n%s\n<<< %v\n", method, path, headers, body, r)
	}
	return r, nil
}

// Request is Do for tests: a request that gets no response fails the test.
func (c *Client) Request(t testing.TB, method, path, body string, headers ...string) *Response {
	t.Helper()
	resp, err := c.Do(t.Context(), method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp
}

// Want is Request for one expected status; another fails the test.
func (c *Client) Want(t testing.TB, status int, method, path, body string, headers ...string) *Response {
	t.Helper()
	resp := c.Request(t, method, path, body, headers...)
	if resp.Status != status {
		t.Fatalf("%s %s %q: got %v, want %d", method, path, headers, resp, status)
	}
	return resp
}

// Multistatus is Want for 207, parsed.
func (c *Client) Multistatus(t testing.TB, method, path, body string, headers ...string) *Multistatus {
	t.Helper()
	resp := c.Want(t, http.StatusMultiStatus, method, path, body, headers...)
	ms, err := ParseMultistatus(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, resp.Body)
	}
	return ms
}
