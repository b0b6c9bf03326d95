package model

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// drawOne returns one key of m, drawn; none if m is empty.
func drawOne[V any](rng *rand.Rand, m map[string]V) []string {
	keys := sortedKeys(m)
	if len(keys) == 0 {
		return nil
	}
	return []string{keys[rng.IntN(len(keys))]}
}

// between returns what stands in s after start and before end.
func between(s, start, end string) string {
	_, s, _ = strings.Cut(s, start)
	s, _, _ = strings.Cut(s, end)
	return s
}
