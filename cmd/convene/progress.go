package main

import (
	"io"
	"os"
	"strings"
	"time"
)

// progress draws a bar on the terminal, if there is one.
type progress struct {
	w        io.Writer // nil: no terminal
	total, n int
	drawn    time.Time
}

const (
	barWidth = 40
	redraw   = 100 * time.Millisecond
)

func newProgress(run *session, total int) *progress {
	p := &progress{total: total}
	if f, ok := run.errOut.(*os.File); ok && isTerminal(f) {
		p.w = f
	}
	return p
}

// step counts one more.
func (p *progress) step() {
	p.n++
	if p.w == nil || p.n < p.total && time.Since(p.drawn) < redraw {
		return
	}
	p.drawn = time.Now()
	full := barWidth * p.n / max(p.total, 1)
	printf(p.w, "\r[%s%s] %d of %d", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), p.n, p.total)
}

// done ends the line.
func (p *progress) done() {
	if p.w != nil && p.total > 0 {
		printf(p.w, "\n")
	}
}
