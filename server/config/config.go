// Package config is convene's configuration: one struct, whose comments are its documentation.
//
// Load fills it from a TOML file, the environment and the command line, in that order, and remembers where each value
// came from. The zero configuration is complete: a server on loopback with a database of its own. WriteReference prints the
// documented file, made from this source; Config.WriteEffective prints what is in force.
package config

import (
	"net/netip"
	"time"
)

// Config holds all settings. Each key can also be set in the environment: CONVENE_ and the key in capitals, with
// underscores for dots (CONVENE_DATABASE_URL for database.url), lists separated by commas.
type Config struct {
	// Address and port that the server listens on. An empty host (":8443") means all addresses. On any but a loopback
	// address, set up TLS (section tls) or a proxy (http.trusted_proxies): passwords are refused over plain HTTP.
	Listen HostPort `toml:"listen" default:"127.0.0.1:8080"`

	// Folder for what the server keeps itself: the private database cluster and ACME certificates. It is created when
	// missing. Relative paths are taken from the folder in which convene is started.
	Data string `toml:"data" default:"data"`

	// Address under which clients reach the server, such as "https://cal.example.com". It is used in what is shown to
	// people and by `convene doctor`; clients find their calendars without it.
	URL BaseURL `toml:"url"`

	// Domain of the calendar user addresses that are made for accounts created without one: "ann" gets
	// mailto:ann@example.com with the domain "example.com". Without it such accounts have no address.
	Domain string `toml:"domain"`

	// Time zone (IANA name, such as "Europe/Berlin") of floating times and all-day events, where neither the collection
	// nor its owner has one.
	Timezone Zone `toml:"timezone" default:"UTC"`

	HTTP       HTTP       `toml:"http"`
	TLS        TLS        `toml:"tls"`
	Database   Database   `toml:"database"`
	Auth       Auth       `toml:"auth"`
	Home       Home       `toml:"home"`
	Sharing    Sharing    `toml:"sharing"`
	Scheduling Scheduling `toml:"scheduling"`
	Limits     Limits     `toml:"limits"`
	Log        Log        `toml:"log"`
	Metrics    Metrics    `toml:"metrics"`
	Mail       Mail       `toml:"mail"`

	origin map[string]string // where a key's value came from, for those that were set
}

// HTTP holds timeouts, limits and proxies of the HTTP server.
type HTTP struct {
	// Addresses and networks of the reverse proxies in front, such as ["127.0.0.1", "10.0.0.0/8"]. Only from these are
	// X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and X-Request-Id believed, and only these may pass
	// passwords on over plain HTTP from other machines.
	TrustedProxies Networks `toml:"trusted_proxies"`

	// How long a client may take to send a request's header.
	HeaderTimeout time.Duration `toml:"header_timeout" default:"10s"`

	// How long a client may take to send a whole request.
	ReadTimeout time.Duration `toml:"read_timeout" default:"1m"`

	// How long a client may take to read an answer; each further megabyte of a long one gets as much again.
	WriteTimeout time.Duration `toml:"write_timeout" default:"1m"`

	// How long a connection may rest between two requests.
	IdleTimeout time.Duration `toml:"idle_timeout" default:"3m"`

	// How long a request may be worked upon before it is given up.
	RequestTimeout time.Duration `toml:"request_timeout" default:"2m"`

	// How long a stopping server waits for requests under way before it cuts them off.
	StopTimeout time.Duration `toml:"stop_timeout" default:"8s"`

	// Largest body of any request. What an object may have is set by limits.object_size, which has to be smaller.
	BodySize Size `toml:"body_size" default:"16MB"`

	// Largest header of a request.
	HeaderSize Size `toml:"header_size" default:"64KB"`
}

// TLS says how connections are encrypted: by a certificate from files, or by one that the server fetches itself by
// ACME, or, when neither is set, not at all.
type TLS struct {
	// File with the certificate chain, in PEM. It is read again when it changes.
	Cert string `toml:"cert"`

	// File with the private key of that certificate, in PEM.
	Key string `toml:"key"`

	// Names to fetch a certificate for by ACME, such as ["cal.example.com"]. The server must be reachable from the
	// internet under them, at port 443 or at port 80 (tls.acme_http_listen).
	ACMEDomains []string `toml:"acme_domains"`

	// Where the certificate authority may write to, an e-mail address.
	ACMEEmail string `toml:"acme_email"`

	// Directory URL of the ACME certificate authority. Setting tls.acme_domains means that you agree to its terms.
	ACMEDirectory BaseURL `toml:"acme_directory" default:"https://acme-v02.api.letsencrypt.org/directory"`

	// Address and port of a plain listener that answers the authority's HTTP challenge and sends everything else to
	// https. Empty: only the challenge over TLS is used.
	ACMEHTTPListen HostPort `toml:"acme_http_listen"`
}

// Database says where the data live.
type Database struct {
	// URL of a PostgreSQL database, version 14 or later, such as "postgres://convene:secret@db.example.com/convene".
	// Empty: the server runs a private cluster in its data folder.
	URL string `toml:"url" secret:"true"`

	// Most connections to the database. 0: chosen by the number of processors.
	MaxConns int `toml:"max_conns" default:"0" min:"0" max:"1000"`

	// Memory for cached calendar objects.
	CacheSize Size `toml:"cache_size" default:"64MB"`

	// Folder of the PostgreSQL programs (initdb, postgres) for the private cluster. Empty: $PATH, then
	// /usr/lib/postgresql/*/bin.
	BinDir string `toml:"bin_dir"`

	// How long the deleted objects and collections are remembered for clients that synchronise. Clients that come back
	// later read their collections anew.
	KeepDeleted time.Duration `toml:"keep_deleted" default:"180d"`
}

// Auth says how people prove who they are.
type Auth struct {
	// What browsers and clients show when they ask for a password.
	Realm string `toml:"realm" default:"convene"`

	// How long a proven password is remembered in memory. A change of the password ends it at once.
	CacheTime time.Duration `toml:"cache_time" default:"5m"`

	// Failed logins to one account, or from one address, before further ones are slowed down. They are forgotten after
	// a quarter of an hour.
	FreeFailures int `toml:"free_failures" default:"5" min:"1" max:"1000"`

	// Shortest password that `convene password` accepts, in characters.
	MinPassword int `toml:"min_password" default:"10" min:"1" max:"128"`
}

// Home says what a new account gets.
type Home struct {
	// Collections that are created with a calendar home. "Default" is the calendar, "Inbox" and "Outbox" are for
	// scheduling, "Attachments" holds attached files, "Notifications" is where others offer their calendars. Groups and public
	// calendars get "Default" alone.
	Create []string `toml:"create" default:"Default,Inbox,Outbox,Attachments,Notifications" allow:"Default,Inbox,Outbox,Attachments,Notifications"`
}

// Sharing says how people find what others opened for them.
type Sharing struct {
	// Lists, in the calendar-home-set of an account, also the homes of others in which it was given rights on a calendar
	// (convene acl set, or the ACL method), so that clients find that calendar. Calendars that are shared by invitation
	// appear in one's own home and do not need this.
	ListGranted bool `toml:"list_granted"`
}

// Scheduling says how invitations and answers go to the other people in an event.
type Scheduling struct {
	// Sends invitations, changes and answers to everybody in an event as it is stored. false: events are stored and nobody is
	// told, and clients are not promised otherwise (calendar-auto-schedule is not in the DAV header), so that they may send
	// invitations by themselves. A single calendar is left out by its property scheduling-enabled.
	Enabled bool `toml:"enabled" default:"true"`

	// Domains of which an address that nobody has here is nobody's: invitations to such an address are refused to the
	// organizer, and not sent elsewhere. Not set: the one of domain. Set it to [] if others of your domain have their
	// calendars elsewhere.
	Domains []string `toml:"domains"`

	// How long messages stay in the Inbox of who got them, unless a client deletes them before.
	KeepMessages time.Duration `toml:"keep_messages" default:"30d"`

	// How long is remembered what was sent to whom and why (convene explain), and the messages to people outside that were
	// sent or could not be.
	KeepTrace time.Duration `toml:"keep_trace" default:"90d"`

	// After what time the other attendees of an event see an answer that came in, together with those that came meanwhile.
	// Events of more than 50 attendees take longer.
	RefreshDelay time.Duration `toml:"refresh_delay" default:"5s"`
}

// Limits bound what clients can store and ask for. What is above is refused with the precondition of RFC 4791 section
// 5.3.2.1 that names the limit.
type Limits struct {
	// Largest calendar object (CALDAV:max-resource-size).
	ObjectSize Size `toml:"object_size" default:"10MB"`

	// Most instances of one object that an answer is expanded to (CALDAV:max-instances).
	Instances int `toml:"instances" default:"10000" min:"1" max:"1000000"`

	// Longest that a lock of a client holds (RFC 4918 section 6.6) before it has to be asked for again. One that asks for no
	// time gets an hour.
	LockTime time.Duration `toml:"lock_time" default:"1d"`

	// Most attendees of one instance (CALDAV:max-attendees-per-instance).
	Attendees int `toml:"attendees" default:"2000" min:"1" max:"100000"`
}

// Log says what is written to standard error.
type Log struct {
	// Least level of the messages.
	Level string `toml:"level" default:"info" allow:"debug,info,warn,error"`

	// One JSON object a line, or text for people.
	Format string `toml:"format" default:"text" allow:"text,json"`

	// Requests that get a line: none, those that failed by the server's fault or took more than a second, or all.
	Requests string `toml:"requests" default:"problems" allow:"none,problems,all"`
}

// Metrics says who may read /metrics.
type Metrics struct {
	// Addresses and networks, besides loopback, that may read /metrics.
	Allow Networks `toml:"allow"`
}

// Mail is the account that mail goes out by. `convene doctor` checks it.
type Mail struct {
	// Submission server, such as "mail.example.com:587" (STARTTLS) or "mail.example.com:465" (TLS). Empty: no mail.
	Server string `toml:"server"`

	// User name at the submission server; empty for none.
	User string `toml:"user"`

	// Password at the submission server.
	Password string `toml:"password" secret:"true"`

	// Sender of the mail, such as "calendar@example.com".
	From string `toml:"from"`
}

// Networks is a list of IP networks; a single address is a network of one.
type Networks []netip.Prefix

// Contain says whether one of the networks has the address.
func (n Networks) Contain(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, p := range n {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
