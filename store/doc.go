// Package store keeps principals, collections and calendar objects in PostgreSQL (14 or later). It is the only room
// that speaks SQL.
//
// # Writes
//
// A home (all collections of one principal) has one counter, the modseq of its root. A write locks the home's row,
// takes the next value of the counter, and gives it to the collection and the object it changes: so the values grow
// in the order of the commits, and "modseq > token" is what a client has not seen, in one collection or in the whole
// home (RFC 6578). All writes go through InTx.
//
// # Reads
//
// Principals, homes and objects are cached. The node that writes brings its own caches up to date after the commit and
// before InTx returns; the others hear of it by a notification that the writing transaction sends (see node.go). A
// node that does not hear notifications reads from the database.
package store
