package config

import (
	"maps"
	"net"
	"slices"
	"strings"
)

// rules are what must hold between settings.
var rules = []struct {
	key    string // whose origin is named
	broken func(c *Config) bool
	detail string
}{
	{"tls.cert", func(c *Config) bool { return (c.TLS.Cert == "") != (c.TLS.Key == "") },
		"tls.cert and tls.key belong together: set both or none"},
	{"tls.acme_domains", func(c *Config) bool { return c.TLS.Cert != "" && len(c.TLS.ACMEDomains) > 0 },
		"a certificate comes from files (tls.cert) or by ACME (tls.acme_domains), not both"},
	{"tls.acme_http_listen", func(c *Config) bool { return c.TLS.ACMEHTTPListen != "" && len(c.TLS.ACMEDomains) == 0 },
		"is of use only with tls.acme_domains"},
	{"limits.object_size", func(c *Config) bool { return c.Limits.ObjectSize > c.HTTP.BodySize },
		"has to be no more than http.body_size"},
	{"home.create", func(c *Config) bool { return len(c.Home.Create) == 0 },
		"has to name one collection at least"},
	{"mail.from", func(c *Config) bool { return c.Mail.Server != "" && !strings.Contains(c.Mail.From, "@") },
		"has to be an e-mail address when mail.server is set"},
	{"mail.server", func(c *Config) bool {
		_, _, err := net.SplitHostPort(c.Mail.Server)
		return c.Mail.Server != "" && err != nil
	}, "has to be a host and port such as mail.example.com:587"},
	{"listen", func(c *Config) bool { return c.Listen == "" }, "has to be an address and port such as 127.0.0.1:8080"},
	{"timezone", func(c *Config) bool { return c.Timezone == "" }, "has to be the IANA name of a time zone such as Europe/Berlin"},
	{"data", func(c *Config) bool { return c.Data == "" }, "has to be a folder"},
	{"domain", func(c *Config) bool { return !isDomain(c.Domain) }, "has to be a domain such as example.com"},
	{"scheduling.domains", func(c *Config) bool {
		return slices.ContainsFunc(c.Scheduling.Domains, func(d string) bool { return !isDomain(d) })
	}, "have to be domains such as example.com"},
}

func isDomain(text string) bool { return !strings.ContainsAny(text, "@/: ") }

func (c *Config) check() (mistakes []error) {
	for _, r := range rules {
		if r.broken(c) {
			mistakes = append(mistakes, &Error{c.Origin(r.key), r.key, r.detail})
		}
	}
	return mistakes
}

// Origin says where a key's value came from: a file and line, an environment variable, a flag, or "default".
func (c *Config) Origin(key string) string {
	if o := c.origin[key]; o != "" {
		return o
	}
	return "default"
}

// unknownKey says what was meant, or what the section has.
func unknownKey(name string, byName map[string]*key) string {
	names := slices.Sorted(maps.Keys(byName))
	section := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		section = name[:i+1]
	}
	var near []string
	for _, n := range names {
		rest, ok := strings.CutPrefix(n, section)
		if ok && (section != "" || !strings.Contains(rest, ".")) {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		for _, n := range names {
			if s, _, ok := strings.Cut(n, "."); ok && !slices.Contains(near, s) {
				near = append(near, s)
			}
		}
		return "no such section; allowed are " + strings.Join(near, ", ")
	}
	return "no such key; allowed are " + strings.Join(near, ", ")
}
