package process

import (
	"math"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// sleep waits for the sum of its arguments. It asks the kernel itself, on the
// only thread that is needed for it, since a timer of Go's runtime would start
// more threads, and each counts against a pids limit. See sleep(1).
func sleep(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing time")
	}
	var total time.Duration
	for _, arg := range args {
		d, ok := duration(arg)
		if !ok {
			return e.Misuse("invalid time '" + arg + "'")
		}
		total += d
	}
	left := unix.NsecToTimespec(total.Nanoseconds())
	// The kernel writes back what is left when a signal breaks the sleep.
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
	return applet.OK
}

// duration reads `0.5`, `10s`, `2m`, `infinity`.
func duration(text string) (time.Duration, bool) {
	if text == "infinity" || text == "inf" {
		return math.MaxInt64, true
	}
	unit := time.Second
	if n := len(text); n > 0 {
		switch text[n-1] {
		case 's':
			text = text[:n-1]
		case 'm':
			unit, text = time.Minute, text[:n-1]
		case 'h':
			unit, text = time.Hour, text[:n-1]
		case 'd':
			unit, text = 24*time.Hour, text[:n-1]
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || math.IsNaN(n) {
		return 0, false
	}
	if n*float64(unit) > math.MaxInt64 {
		return math.MaxInt64, true
	}
	return time.Duration(n * float64(unit)), true
}
