package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"convene/ical"
)

// HostPort is an address and port to listen on.
type HostPort string

// UnmarshalText accepts host:port, [v6]:port and :port.
func (h *HostPort) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, " /") {
		return fmt.Errorf("an address and port such as 127.0.0.1:8080 or :8443")
	}
	*h = HostPort(text)
	return nil
}

// BaseURL is an absolute http or https URL without a trailing slash.
type BaseURL string

// UnmarshalText accepts http and https URLs without user, query and fragment.
func (b *BaseURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("a URL such as https://cal.example.com")
	}
	*b = BaseURL(strings.TrimRight(string(text), "/"))
	return nil
}

// Zone is the name of a time zone.
type Zone string

// UnmarshalText accepts IANA names.
func (z *Zone) UnmarshalText(text []byte) error {
	if _, ok := ical.ZoneByName(string(text)); !ok {
		return fmt.Errorf("the IANA name of a time zone such as Europe/Berlin")
	}
	*z = Zone(text)
	return nil
}

// Size is a number of bytes.
type Size int64

var sizeUnits = []struct {
	unit  string
	bytes Size
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}, {"", 1}}

// UnmarshalText accepts a whole number with an optional unit: B, KB, MB, GB (powers of 1024).
func (s *Size) UnmarshalText(text []byte) error {
	in := strings.ToUpper(strings.TrimSpace(string(text)))
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(in, u.unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/int64(u.bytes) {
			break
		}
		*s = Size(n) * u.bytes
		return nil
	}
	return fmt.Errorf("a size such as 512KB, 16MB or 1GB")
}

// MarshalText writes the size in the largest unit that divides it.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.unit
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// ParseDuration is time.ParseDuration with days ("180d") added; only positive ones are accepted.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok && err != nil {
		var n int64
		n, err = strconv.ParseInt(days, 10, 32)
		if n > 36500 {
			err = strconv.ErrRange
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("a time such as 30s, 5m, 12h or 180d")
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, zero := range []string{"0s", "0m"} { // 1m0s is 1m, 1h0m is 1h, 10s stays
		if s, ok := strings.CutSuffix(text, zero); ok && s != "" && strings.ContainsAny(s[len(s)-1:], "hm") {
			text = s
		}
	}
	return text
}

// parseNetwork accepts a network (10.0.0.0/8) or an address (10.1.2.3).
func parseNetwork(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("addresses or networks such as 127.0.0.1 or 10.0.0.0/8")
	}
	return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
}

// set gives the key the value that text stands for; lists are separated by commas. The error says what is allowed.
func (k *key) set(text string) error {
	v := k.value
	if text == "" && v.Kind() == reflect.String { // "not set" for all that is text
		v.SetString("")
		return k.oneOf("")
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
		return k.oneOf(text)
	case *time.Duration:
		d, err := ParseDuration(text)
		*p = d
		return err
	case *bool:
		if text != "true" && text != "false" {
			return errors.New("true or false")
		}
		*p = text == "true"
		return nil
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil || n < k.min || n > k.max {
			return fmt.Errorf("a whole number from %d to %d", k.min, k.max)
		}
		*p = n
		return nil
	case *[]string:
		list := splitList(text)
		for _, s := range list {
			if err := k.oneOf(s); err != nil {
				return err
			}
		}
		*p = list
		return nil
	case *Networks:
		var list Networks
		for _, s := range splitList(text) {
			n, err := parseNetwork(s)
			if err != nil {
				return err
			}
			list = append(list, n)
		}
		*p = list
		return nil
	}
	panic("config: a field of type " + v.Type().String()) // TestReference walks all fields
}

func splitList(text string) []string {
	var list []string
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func (k *key) oneOf(text string) error {
	if k.allow == nil || slices.Contains(k.allow, text) {
		return nil
	}
	return fmt.Errorf("one of %s", strings.Join(k.allow, ", "))
}

// toml returns the value as a TOML expression.
func (k *key) toml() string {
	switch v := k.value.Interface().(type) {
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	case time.Duration:
		return strconv.Quote(formatDuration(v))
	case Size:
		return strconv.Quote(v.String())
	case []string:
		return tomlList(v)
	case Networks:
		list := make([]string, len(v))
		for i, p := range v {
			list[i] = p.String()
			if p.IsSingleIP() {
				list[i] = p.Addr().String()
			}
		}
		return tomlList(list)
	default:
		return tomlString(k.value.String())
	}
}

func tomlList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = tomlString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlString quotes a basic string of TOML, whose escapes differ from Go's.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
