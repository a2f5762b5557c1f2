package container

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// highestSignal is _NSIG, see signal(7).
const highestSignal = 64

// alsoCalled are second names of signals. See signal(7), Standard signals.
var alsoCalled = map[string]unix.Signal{"CLD": unix.SIGCHLD, "IOT": unix.SIGABRT, "POLL": unix.SIGIO}

// ParseSignal reads a signal as Docker does: 15, TERM or SIGTERM, and RTMIN+1 for
// those that have no name.
func ParseSignal(text string) (unix.Signal, error) {
	if number, err := strconv.Atoi(text); err == nil && 0 < number && number <= highestSignal {
		return unix.Signal(number), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if signal := unix.SignalNum("SIG" + name); signal != 0 {
		return signal, nil
	}
	if signal, ok := alsoCalled[name]; ok {
		return signal, nil
	}
	const realTimeMin, realTimeMax = 34, highestSignal // as the C library counts them
	for prefix, base := range map[string]int{"RTMIN": realTimeMin, "RTMAX": realTimeMax} {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		offset, err := strconv.Atoi(rest)
		if rest == "" {
			offset, err = 0, nil
		}
		if number := base + offset; err == nil && realTimeMin <= number && number <= realTimeMax {
			return unix.Signal(number), nil
		}
	}
	return 0, invalidf("Invalid signal: %s", text)
}
