package caldav

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/maypok86/otter/v2"

	"convene/caldav/dav"
	"convene/store"
)

// Most requests are polls that ask the same thing in the same words and get the same answer (DESIGN.md section 6). So the
// parsed bodies of PROPFINDs are kept, and whole answers as long as the snapshots that they were made of are current.

const (
	maxCachedBody   = 8 << 10
	maxCachedAnswer = 64 << 10
	bodyCacheBytes  = 2 << 20
	answerCacheSize = 16 << 20
)

// renderKey is what an answer to PROPFIND depends on besides the state of the server.
type renderKey struct {
	path   string
	body   string
	depth  dav.Depth
	prefer dav.Prefer
	who    store.PrincipalID
}

// rendering is an answer with the snapshots that it shows. A snapshot never changes, and is replaced when what it shows does,
// so an answer is current as long as they are the ones in use.
type rendering struct {
	home      *store.Home
	mount     *store.Home
	behind    []*store.Home // where the shared calendars lie that it shows
	principal *store.Principal
	who       *store.Principal
	body      []byte
}

type renderCache struct {
	answers *otter.Cache[renderKey, rendering]
}

func newRenderCache() *renderCache {
	return &renderCache{otter.Must(&otter.Options[renderKey, rendering]{
		MaximumWeight: answerCacheSize,
		Weigher: func(k renderKey, r rendering) uint32 {
			return uint32(len(k.path) + len(k.body) + len(r.body) + 200)
		},
	})}
}

func (c *renderCache) get(ctx context.Context, db *store.DB, k renderKey, res *resource, who *store.Principal) ([]byte, bool) {
	if who == nil {
		return nil, false
	}
	k.who = who.ID
	r, ok := c.answers.GetIfPresent(k)
	if !ok || r.home != res.home || r.principal != res.principal || r.who != who || r.mount != res.mountHome() {
		return nil, false
	}
	for _, home := range r.behind {
		if now, err := db.Home(ctx, home.Owner.ID); err != nil || now != home {
			return nil, false
		}
	}
	return r.body, true
}

func (c *renderCache) put(k renderKey, res *resource, who *store.Principal, behind []*store.Home, body []byte) {
	if who == nil || len(body) > maxCachedAnswer || len(k.body) > maxCachedBody {
		return
	}
	k.who = who.ID
	c.answers.Set(k, rendering{res.home, res.mountHome(), behind, res.principal, who, bytes.Clone(body)})
}

// bodyCache keeps parsed PROPFIND bodies. They hold nothing of any user.
type bodyCache struct {
	parsed *otter.Cache[string, *propRequest]
}

func newBodyCache() *bodyCache {
	return &bodyCache{otter.Must(&otter.Options[string, *propRequest]{
		MaximumWeight: bodyCacheBytes,
		Weigher:       func(k string, q *propRequest) uint32 { return uint32(2*len(k) + 64*len(q.names) + 200) },
	})}
}

// propfind parses the body of a PROPFIND.
func (c *bodyCache) propfind(body string) (*propRequest, error) {
	if q, ok := c.parsed.GetIfPresent(body); ok {
		return q, nil
	}
	e, err := dav.ReadXML(strings.NewReader(body), dav.XMLLimits{})
	if err != nil {
		return nil, err
	}
	if e != nil && e.Name != dav.DAV("propfind") {
		return nil, badRequest("the body of a PROPFIND is a DAV:propfind, not %s", e.Name)
	}
	q, err := parsePropRequest(e)
	if err == nil && len(body) <= maxCachedBody {
		c.parsed.Set(body, q)
	}
	return q, err
}

var rawBodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads the body of a request that is XML.
func (h *Handler) readBody(w http.ResponseWriter, r *request) (string, error) {
	if r.ContentLength > maxXMLBytes {
		return "", dav.Fail(http.StatusRequestEntityTooLarge, dav.Name{}, "an XML body may have %d bytes here", maxXMLBytes)
	}
	buf := rawBodies.Get().(*bytes.Buffer)
	defer rawBodies.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxXMLBytes)); err != nil {
		return "", bodyError(err)
	}
	return buf.String(), nil
}

// bodyError is the answer to a body that could not be read whole.
func bodyError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	if err == io.ErrUnexpectedEOF {
		return badRequest("the body ended before its Content-Length")
	}
	return dav.Fail(http.StatusBadRequest, dav.Name{}, "the body could not be read: %w", err)
}
