package server

import (
	"net/http"
	"net/netip"
	"strings"

	"convene/server/config"
)

// client is where a request came from.
type client struct {
	addr    netip.Addr // the client's, by the word of trusted proxies where there are some
	trusted bool       // the request came through a trusted proxy
	secure  bool       // a password may travel: TLS, loopback, or through a trusted proxy
	claims  bool       // it tells of another address without being trusted to
}

// clientOf says where a request came from. X-Forwarded-For is read from its end, as far as trusted proxies wrote it.
func clientOf(r *http.Request, trusted config.Networks) client {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return client{}
	}
	c := client{addr: peer.Addr().Unmap().WithZone("")}
	c.secure = r.TLS != nil || c.addr.IsLoopback()
	forwarded := r.Header["X-Forwarded-For"]
	if len(trusted) == 0 || !trusted.Contain(c.addr) {
		c.claims = forwarded != nil
		return c
	}
	c.trusted, c.secure = true, true
	list := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		addr, err := parseForwarded(list[i])
		if err != nil {
			break
		}
		c.addr = addr
		if !trusted.Contain(addr) {
			break
		}
	}
	return c
}

// parseForwarded reads an element of X-Forwarded-For; some proxies add the port.
func parseForwarded(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		var withPort netip.AddrPort
		if withPort, err = netip.ParseAddrPort(text); err != nil {
			return netip.Addr{}, err
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), nil
}

// believeProxy gives the request the host that the client asked a trusted proxy for, and the scheme.
func believeProxy(r *http.Request) {
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		r.URL.Scheme = "https"
	}
	host, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ",")
	if host = strings.TrimSpace(host); host != "" && !strings.ContainsAny(host, "/@ ") {
		r.Host = host
	}
}

// local says whether a request comes from this machine itself and not through something on it.
func (c client) local() bool { return c.addr.IsLoopback() && !c.claims }
