// Package crash kills convene, its PostgreSQL or one of PostgreSQL's backends while clients write, and shows that every
// acknowledged write is there afterwards, none is half there, and the server comes back by itself.
//
//	go test ./test/crash -v -timeout 60m -args -crash.rounds=50
package crash

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"convene/test/harness"
)

// Writer is one client under load. It keeps a ledger of what the server acknowledged, and of the one write whose answer
// never came.
type Writer struct {
	ID     int
	Client *harness.Client
	Colls  []string // paths of the calendars that it writes to
	Rand   *rand.Rand

	Acked   map[string]string // data by path, by all acknowledged writes
	Pending *Write            // sent, but not acknowledged
	Writes  *atomic.Int64     // acknowledged so far, by all writers of the load
	Refused int               // answered with 503, of all
	serial  int
}

// Write is one request of a Writer.
type Write struct {
	Method, Path, Dest string
	Data               string // what stands at Path (PUT) or Dest (MOVE) if it is done
	Before             string // what stood at Path; "" for nothing
}

func (w *Write) String() string { return fmt.Sprintf("%s %s %s", w.Method, w.Path, w.Dest) }

// Run writes until ctx ends or a write is not acknowledged; an answer that no crash explains is an error.
func (w *Writer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		w.Pending = w.next()
		resp, err := w.send(context.WithoutCancel(ctx), w.Pending)
		switch {
		case err != nil:
			return nil // the connection broke: the write was done or was not
		case resp.Status == http.StatusServiceUnavailable:
			w.Refused++
			return nil
		case resp.Status >= 300:
			return fmt.Errorf("writer %d: %v: got %v", w.ID, w.Pending, resp)
		}
		w.settle(w.Pending)
		w.Writes.Add(1)
	}
	return nil
}

// next draws a write: new objects mostly, so that the calendars grow; the other kinds on objects that are there.
func (w *Writer) next() *Write {
	w.serial++
	paths := slices.Sorted(maps.Keys(w.Acked))
	kind := w.Rand.IntN(10)
	if len(paths) == 0 || kind < 4 {
		name := fmt.Sprintf("w%d-%d.ics", w.ID, w.serial)
		return &Write{Method: "PUT", Path: w.anyColl() + name, Data: w.event(fmt.Sprintf("w%d-%d", w.ID, w.serial))}
	}
	path := paths[w.Rand.IntN(len(paths))]
	before := w.Acked[path]
	switch {
	case kind < 7:
		return &Write{Method: "PUT", Path: path, Data: w.event(uidOf(before)), Before: before}
	case kind < 8 || len(paths) < 5:
		return &Write{Method: "DELETE", Path: path, Before: before}
	default:
		dest := fmt.Sprintf("%sw%d-%d-moved.ics", w.anyColl(), w.ID, w.serial)
		return &Write{Method: "MOVE", Path: path, Dest: dest, Data: before, Before: before}
	}
}

func (w *Writer) anyColl() string { return w.Colls[w.Rand.IntN(len(w.Colls))] }

// event returns distinct content, of a size that spans several pages of the database now and then.
func (w *Writer) event(uid string) string {
	summary := fmt.Sprintf("revision %d", w.serial)
	lines := make([]string, w.Rand.IntN(40)*w.Rand.IntN(8))
	for i := range lines {
		lines[i] = fmt.Sprintf("COMMENT:%d %x %x", i, w.Rand.Uint64(), w.Rand.Uint64())
	}
	return harness.Event(uid, summary, harness.Day(1+w.serial%300), lines...)
}

func (w *Writer) send(ctx context.Context, op *Write) (*harness.Response, error) {
	switch op.Method {
	case "PUT":
		if op.Before == "" {
			return w.Client.Do(ctx, "PUT", op.Path, op.Data, "If-None-Match", "*")
		}
		return w.Client.Do(ctx, "PUT", op.Path, op.Data)
	case "MOVE":
		return w.Client.Do(ctx, "MOVE", op.Path, "", "Destination", w.Client.Base+op.Dest)
	default:
		return w.Client.Do(ctx, op.Method, op.Path, "")
	}
}

// settle books a write as done.
func (w *Writer) settle(op *Write) {
	switch op.Method {
	case "PUT":
		w.Acked[op.Path] = op.Data
	case "DELETE":
		delete(w.Acked, op.Path)
	case "MOVE":
		delete(w.Acked, op.Path)
		w.Acked[op.Dest] = op.Data
	}
	w.Pending = nil
}

// Resolve finds out whether the pending write was done, by what found (data by path) shows: it must be done wholly or not at
// all.
func (w *Writer) Resolve(found map[string]string) (done bool, err error) {
	op := w.Pending
	if op == nil {
		return false, nil
	}
	at, dest := found[op.Path], found[op.Dest]
	var not bool
	switch op.Method {
	case "PUT":
		done, not = at == op.Data, at == op.Before
	case "DELETE":
		done, not = at == "", at == op.Before
	case "MOVE":
		done, not = at == "" && dest == op.Data, at == op.Before && dest == ""
	}
	if done == not {
		return false, fmt.Errorf("writer %d: %v is half done:\nat the path: %q\nat the destination: %q", w.ID, op, at, dest)
	}
	if done {
		w.settle(op)
	}
	w.Pending = nil
	return done, nil
}

// uidOf returns the UID of an object that event made.
func uidOf(data string) string {
	var uid string
	for line := range strings.SplitSeq(data, "\r\n") {
		if _, err := fmt.Sscanf(line, "UID:%s", &uid); err == nil {
			return uid
		}
	}
	return uid
}
