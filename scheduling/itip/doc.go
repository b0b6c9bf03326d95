// Package itip says what a change of a calendar object means for the other people in it, as pure functions: Organizer and Attendee
// compare two versions of an object and return the messages to send (RFC 6638 section 3.2, RFC 5546), Receive takes a message into
// the copy that somebody has. Nothing is stored, sent or looked up here, and the clock comes in.
//
// Who answered what, and when, is a register for each attendee of each component: the PARTSTAT, and as its revision the SEQUENCE
// and DTSTAMP of the reply (RFC 5546 section 2.1.5), kept in the parameter X-CONVENE-ANSWER. What the organizer says of a component
// has the revision in its SEQUENCE and DTSTAMP. The higher revision wins, so that messages may come in any order, and twice.
package itip
