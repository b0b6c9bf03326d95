package ical

// Class is how much of an object people other than its owner are shown (RFC 5545 section 3.8.1.3).
type Class uint8

// The classes, the strictest last. One that is not known here counts as ClassPrivate, as the RFC demands.
const (
	ClassPublic Class = iota
	ClassConfidential
	ClassPrivate
)
