// Package auth answers who sends a request.
//
// A request carries a name and a secret (HTTP Basic, RFC 7617). The name finds a principal; a Backend says whether the
// secret is that principal's: a password, or an app password made for one client. Proven credentials are remembered for
// some minutes under a keyed hash, because clients send them with every request and a password takes long to check.
// Failures are counted by account, for all nodes in the database, and by address, and slow further attempts down.
//
// # Log line
//
// Each failure is one line at level WARN that fail2ban can read (deploy/fail2ban has the filter). In text format:
//
//	time=2026-01-02T03:04:05.678Z level=WARN msg="login failed" address=192.0.2.7 user=ann reason="wrong password" request=k2f-1a
//
// Values with blanks or quotes in them are quoted, so what a client sends cannot look like another field.
package auth
