package hostile

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"convene/test/harness"
)

// dial opens a bare connection to a server.
func dial(t *testing.T, s *harness.Server) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// head writes the beginning of a request with the user's password.
func head(c *harness.Client, method, path string, headers ...string) string {
	auth := base64.StdEncoding.EncodeToString([]byte(c.User + ":" + c.Password))
	return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + auth + "\r\n" + strings.Join(append(headers, "", ""), "\r\n")
}

// answer reads the response on a bare connection; 0 if the server just closed it.
func answer(t *testing.T, conn net.Conn, limit time.Duration) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the server neither answered nor closed within %v", limit)
	}
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestCutShort: a request that ends before it is complete is not done.
func TestCutShort(t *testing.T) {
	c := srv.NewUser(t)
	g := watch(t, c)
	body := harness.Event("attack@example.com", "cut short", harness.Day(3))
	put := func(length string) string {
		return head(c, "PUT", c.Default()+"cut.ics", "Content-Type: text/calendar", length)
	}
	for name, bytes := range map[string]string{
		"PUT with half of the body":              put(fmt.Sprint("Content-Length: ", len(body))) + body[:len(body)/2],
		"PUT with all but the last byte":         put(fmt.Sprint("Content-Length: ", len(body))) + body[:len(body)-1],
		"PUT whose body looks whole":             put(fmt.Sprint("Content-Length: ", len(body)+1)) + body,
		"PUT in chunks without the last":         put("Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
		"PUT in a chunk cut short":               put("Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s", len(body), body[:100]),
		"PUT with a chunk of nonsense":           put("Transfer-Encoding: chunked") + "zz\r\n" + body + "\r\n0\r\n\r\n",
		"PUT with a negative length":             put("Content-Length: -5") + body,
		"PUT with two lengths":                   put("Content-Length: 5\r\nContent-Length: 6") + body,
		"PUT with a length of nonsense":          put("Content-Length: many") + body,
		"PUT with a huge length":                 put("Content-Length: 99999999999999") + body,
		"PUT with length and chunks":             put("Content-Length: 3\r\nTransfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
		"PROPPATCH cut short":                    head(c, "PROPPATCH", c.Default(), "Content-Length: 5000") + `<D:propertyupdate xmlns:D="DAV:">`,
		"header without an end":                  strings.TrimSuffix(head(c, "DELETE", c.Default()+"treasure.ics"), "\r\n"),
		"no HTTP at all":                         "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"a request line alone":                   "DELETE " + c.Default() + "treasure.ics HTTP/1.1\r\n",
		"HTTP/0.9":                               "GET /\r\n\r\n",
		"HTTP/7.0":                               strings.Replace(head(c, "GET", "/"), "HTTP/1.1", "HTTP/7.0", 1),
		"blanks before the colon":                head(c, "GET", "/", "X-A : b"),
		"a header folded over lines":             head(c, "GET", "/", "X-A: b\r\n c", "Content-Length: x"),
		"no Host":                                strings.Replace(head(c, "GET", "/"), "Host: localhost\r\n", "", 1),
		"two Hosts":                              head(c, "GET", "/", "Host: other"),
		"absolute URL of elsewhere with no user": "GET http://other.example.com/dav/ HTTP/1.1\r\nHost: other.example.com\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			g.costs(t, func() {
				conn := dial(t, srv)
				if _, err := io.WriteString(conn, bytes); err != nil {
					t.Fatal(err)
				}
				if err := conn.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				if status := answer(t, conn, 15*time.Second); status != 0 && status/100 != 4 && status != http.StatusHTTPVersionNotSupported && status != http.StatusNotImplemented {
					t.Errorf("got %d, want a 4xx or nothing", status)
				}
			})
		})
	}
	g.unchanged(t)
}

// TestSlowClients: a server with short time limits gets rid of those who send a byte now and then or never read, while it
// answers the others.
func TestSlowClients(t *testing.T) {
	const limit = 2 * time.Second
	slow, err := harness.Start(harness.Options{Own: true, Config: "[http]\nheader_timeout = \"2s\"\nread_timeout = \"2s\"\nwrite_timeout = \"2s\"\nidle_timeout = \"2s\"\n"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(slow.Close)
	c := slow.NewUser(t) // a good client: this user's only one
	big := harness.Event("big", "big", harness.Day(1), "DESCRIPTION:"+strings.Repeat("lorem ipsum ", 200_000))
	before, err := slow.Usage()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 40 {
		// Requests of one user take turns, ten at a time: with these few of each nobody waits for a turn.
		c := slow.Client(harness.UserName(2 + n/4))
		c.Want(t, http.StatusCreated, "PUT", fmt.Sprintf("%sbig%d.ics", c.Default(), n), strings.Replace(big, "UID:big", fmt.Sprint("UID:big", n), 1))
		put := head(c, "PUT", c.Default()+"slow.ics", "Content-Type: text/calendar", "Content-Length: 100000")
		a, b, d := dial(t, slow), dial(t, slow), dial(t, slow)
		wg.Go(func() { trickle(t, a, put[:len(put)/2], limit) }) // never ends its header
		wg.Go(func() { trickle(t, b, put+"BEGIN:VCALENDAR\r\n", limit) })
		wg.Go(func() { neverRead(t, d, head(c, "GET", fmt.Sprintf("%sbig%d.ics", c.Default(), n)), limit) })
	}
	stop := make(chan struct{})
	others := sync.WaitGroup{}
	others.Go(func() { stayServed(t, slow, c.User, stop) })
	wg.Wait()
	close(stop)
	others.Wait()
	after, err := slow.Usage()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("120 slow clients: %v of processor time, %d MB resident", after.CPU-before.CPU, after.RSS>>20)
	if after.RSS > maxRSS {
		t.Errorf("the server has %d MB resident", after.RSS>>20)
	}
	for n := range 10 {
		c := slow.Client(harness.UserName(2 + n))
		c.Want(t, http.StatusNotFound, "GET", c.Default()+"slow.ics", "")
	}
	if err := slow.LogError(); err != nil {
		t.Error(err)
	}
}

// trickle sends start and then a byte at a time, until the server closes the connection; it has to soon after limit.
func trickle(t *testing.T, conn net.Conn, start string, limit time.Duration) {
	deadline := time.Now().Add(limit + 8*time.Second)
	if _, err := io.WriteString(conn, start); err != nil {
		t.Error(err)
		return
	}
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, conn) // ends when the server closes, or when the test does
		close(gone)
	}()
	for time.Now().Before(deadline) {
		select {
		case <-gone:
			return
		case <-time.After(200 * time.Millisecond):
			_, _ = io.WriteString(conn, "x") // fails once the server has closed
		}
	}
	t.Errorf("the server still listens %v after the first byte", limit+8*time.Second)
}

// neverRead asks for a large object again and again and reads nothing. The server must close; we see that by a write that fails.
func neverRead(t *testing.T, conn *net.TCPConn, request string, limit time.Duration) {
	if err := conn.SetReadBuffer(4096); err != nil {
		t.Error(err)
		return
	}
	// Each further megabyte of an answer may take another write_timeout; the object has about two and a half.
	deadline := time.Now().Add(5*limit + 8*time.Second)
	for time.Now().Before(deadline) {
		if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Error(err)
			return
		}
		if _, err := io.WriteString(conn, request); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		time.Sleep(200 * time.Millisecond) // the pace of the attack
	}
	t.Errorf("the server still writes to one who never reads, %v later", 5*limit+8*time.Second)
}

// stayServed polls as a good client does until stop is closed; none of its requests may fail or wait long.
func stayServed(t *testing.T, s *harness.Server, user string, stop <-chan struct{}) {
	c := s.Client(user)
	for {
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
		resp, err := c.Do(t.Context(), "PROPFIND", c.Default(), "", "Depth", "0")
		if err != nil || resp.Status != http.StatusMultiStatus || resp.Took > 5*time.Second {
			t.Errorf("a good client's PROPFIND: %v, %v", resp, err)
			return
		}
	}
}
