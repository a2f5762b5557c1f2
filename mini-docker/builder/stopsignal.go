package builder

import (
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// setStopSignal notes the signal that stops a container: a name, with or without
// SIG, or a number.
func setStopSignal(config *v1.Config, text string) error {
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	const last = 64 // SIGRTMAX (signal(7))
	number, err := strconv.Atoi(text)
	known := err == nil && number > 0 && number <= last || unix.SignalNum(name) != 0 ||
		strings.HasPrefix(name, "SIGRTMIN") || strings.HasPrefix(name, "SIGRTMAX")
	if !known {
		return fmt.Errorf("invalid signal: %s", text)
	}
	config.StopSignal = text
	return nil
}
