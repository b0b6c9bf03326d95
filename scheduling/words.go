package scheduling

import (
	"cmp"
	"strings"

	"convene/scheduling/itip"
)

// statusWords are the statuses of deliveries (RFC 6638 section 3.2.9) for people.
var statusWords = map[string]string{
	statusPending:     "waits for the carrier",
	statusSent:        "sent",
	statusDelivered:   "delivered",
	statusInvalidUser: "nobody has this address",
	statusNoAuthority: "no right to send to this person",
	statusFailed:      "could not be delivered",
	statusNoService:   "there is no way to deliver it",
	statusNotCapable:  "takes no invitations",
}

// StatusWords says in words what a SCHEDULE-STATUS means, after the code itself: "1.2 delivered". Of a code that is not known there is
// the code alone.
func StatusWords(code string) string {
	return strings.TrimSpace(code + " " + statusWords[code])
}

// ruleWords are the rules whose names do not say enough.
var ruleWords = map[itip.Rule]string{
	itip.RuleInvited:   "was not invited before",
	itip.RuleRemoved:   "is no longer invited, or all of it is cancelled",
	itip.RuleOthers:    "only the list of attendees or their answers changed",
	itip.RuleAgent:     "by SCHEDULE-AGENT not the server's to send (of a group the members are invited)",
	itip.RuleForced:    "the client asked for it (SCHEDULE-FORCE-SEND)",
	itip.RuleNoAnswer:  "the answer is the same as before",
	itip.RuleScheduleF: "the client asked not to answer (Schedule-Reply: F)",
	itip.RuleAlreadyNo: "it was declined or cancelled before",
}

// RuleWords says in words why something was sent or not.
func RuleWords(rule string) string { return cmp.Or(ruleWords[itip.Rule(rule)], rule) }
