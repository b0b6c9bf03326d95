// Package dav is WebDAV's wire and nothing else: it reads the XML and the headers of requests, and writes multistatus answers,
// error bodies, entity tags and paths.
//
// It answers RFC 4918 (the XML of requests and responses, Depth, Overwrite, Destination, If), RFC 9110 section 13 (conditional
// requests), RFC 7240 and RFC 8144 (Prefer), and the forms in which RFC 4791 and its kin want errors reported. What the elements
// mean, which resources there are and who may see them is the business of package caldav.
//
// All that is read here comes from outside. It is bounded in bytes, depth and count, and refused with an [*Error] that carries the
// HTTP status; nothing in this package panics on input.
package dav
