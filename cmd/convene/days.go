package main

import (
	"time"

	"convene/server/config"
)

// days is a duration on the command line: 30m, 12h, 90d.
type days time.Duration

// UnmarshalText accepts what the configuration accepts.
func (d *days) UnmarshalText(text []byte) error {
	parsed, err := config.ParseDuration(string(text))
	*d = days(parsed)
	return err
}
