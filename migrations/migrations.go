// Package migrations holds the schema as numbered steps, for goose. A released step is never edited, and suits the
// release before it too, so that the nodes of a server can be updated one after the other.
package migrations

import "embed"

// FS holds the steps.
//
//go:embed *.sql
var FS embed.FS
