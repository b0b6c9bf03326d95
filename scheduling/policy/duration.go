package policy

import (
	"fmt"
	"strconv"
	"time"
)

// units are those of lengths of time. A day has 24 hours.
var units = []struct {
	letter byte
	size   time.Duration
}{
	{'w', 7 * 24 * time.Hour},
	{'d', 24 * time.Hour},
	{'h', time.Hour},
	{'m', time.Minute},
}

// maxDuration bounds what can be written.
const maxDuration = 10 * 366 * 24 * time.Hour

// parseDuration reads a length of time such as 90m, 2h, 1h30m, 14d or 2w.
func parseDuration(text string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no length of time: write such as 30m, 2h, 1h30m, 14d or 2w", text)
	var total time.Duration
	for rest := text; rest != "" || text == ""; {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 0 || n == len(rest) || n > 9 {
			return 0, bad
		}
		count, err := strconv.Atoi(rest[:n])
		if err != nil {
			return 0, bad
		}
		size := unit(rest[n])
		if size == 0 {
			return 0, bad
		}
		if time.Duration(count) > maxDuration/size || total+time.Duration(count)*size > maxDuration {
			return 0, fmt.Errorf("%s is more than ten years", text)
		}
		total, rest = total+time.Duration(count)*size, rest[n+1:]
	}
	if total == 0 {
		return 0, fmt.Errorf("%s is no time at all", text)
	}
	return total, nil
}

func unit(letter byte) time.Duration {
	for _, u := range units {
		if u.letter == letter {
			return u.size
		}
	}
	return 0
}

// formatDuration writes a length of time in the largest unit that it is a multiple of.
func formatDuration(d time.Duration) string {
	for _, u := range units {
		if d%u.size == 0 {
			return strconv.Itoa(int(d/u.size)) + string(u.letter)
		}
	}
	return d.String() // less than minutes cannot be written
}

// say writes a length of time for people.
func say(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if d%u.size == 0 {
			if n := int(d / u.size); n != 1 {
				return strconv.Itoa(n) + " " + u.name + "s"
			}
			return "1 " + u.name
		}
	}
	return d.String()
}
