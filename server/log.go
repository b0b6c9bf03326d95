package server

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"convene/server/config"
)

// NewLogger returns the logger that the configuration asks for. Its lines carry the id of the request they belong to,
// and what goes by the name of a secret is masked.
func NewLogger(w io.Writer, cfg config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil { // the configuration allows only names that parse
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	var h slog.Handler = slog.NewTextHandler(w, opts)
	if cfg.Format == "json" {
		h = slog.NewJSONHandler(w, opts)
	}
	return slog.New(requestHandler{h})
}

// requestHandler adds the request's id to lines that are logged with its context.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, rec slog.Record) error {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		rec.AddAttrs(slog.String("request", x.id))
	}
	return h.Handler.Handle(ctx, rec)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// secretNames are parts of the names of attributes whose values must not be logged.
var secretNames = []string{"password", "secret", "authorization", "cookie"}

// redact masks secrets: attributes named like one, and passwords in URLs.
func redact(_ []string, a slog.Attr) slog.Attr {
	key := strings.ToLower(a.Key)
	for _, name := range secretNames {
		if strings.Contains(key, name) {
			return slog.String(a.Key, "********")
		}
	}
	if a.Value.Kind() == slog.KindString {
		if text := a.Value.String(); strings.Contains(text, "://") {
			if u, err := url.Parse(text); err == nil && u.User != nil {
				return slog.String(a.Key, u.Redacted())
			}
		}
	}
	return a
}
