package server

import (
	"context"
	"net/http"
	"time"

	"convene/store"
)

// exchange is one request with its answer: a response writer that counts what it sends.
type exchange struct {
	http.ResponseWriter
	id     string // of the request, for the log and X-Request-Id
	client client
	who    *store.Principal // nil: anonymous, or not authenticated yet

	status   int           // 0: nothing sent yet
	sent     int64         // bytes of the body
	patience time.Duration // that the client gets to read the next part
	extendAt int64         // when so many bytes are sent, the write deadline is moved
}

// After firstExtension bytes, and again after each nextExtension, an answer that is being read gets a new deadline: a
// long one may take its time, a client that stops reading may not.
const (
	firstExtension = 64 << 10
	nextExtension  = 1 << 20
)

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= 200 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	if x.sent+int64(len(p)) >= x.extendAt {
		x.extendAt = x.sent + int64(len(p)) + nextExtension
		if err := http.NewResponseController(x.ResponseWriter).SetWriteDeadline(time.Now().Add(x.patience)); err != nil {
			return 0, err
		}
	}
	n, err := x.ResponseWriter.Write(p)
	x.sent += int64(n)
	return n, err
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// requestContext is the context of a request; the log finds the request in it.
type requestContext struct {
	context.Context
	*exchange
}

type exchangeKey struct{}

func (c requestContext) Value(key any) any {
	if key == (exchangeKey{}) {
		return c.exchange
	}
	return c.Context.Value(key)
}
