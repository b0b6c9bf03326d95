package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// listing is a table for people, or the same as JSON for programs.
type listing[T any] struct {
	head []string
	text [][]string
	rows []T
}

func newListing[T any](head ...string) *listing[T] { return &listing[T]{head: head, rows: []T{}} }

// add adds a row: as JSON has it, and its cells.
func (l *listing[T]) add(row T, cells ...any) {
	line := make([]string, len(cells))
	for i, c := range cells {
		line[i] = strings.Map(printable, fmt.Sprint(c))
	}
	l.rows, l.text = append(l.rows, row), append(l.text, line)
}

// printable keeps control characters of stored texts from the terminal.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return ' '
	}
	return r
}

func (l *listing[T]) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, l.rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range append([][]string{l.head}, l.text...) {
		if _, err := fmt.Fprintln(t, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// timePointer is nil for the zero time, for JSON.
func timePointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// bytes writes a number of bytes for people.
func bytes(n int64) string {
	units := []string{"bytes", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d %s", n, units[0])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
