package applet

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Signal reads a signal's name, with or without SIG before it, or its number;
// 0 and EXIT are the one that is none.
func Signal(text string) (unix.Signal, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return unix.Signal(n), n >= 0 && n <= 64
	}
	name := strings.ToUpper(text)
	if name == "EXIT" {
		return 0, true
	}
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	sig := unix.SignalNum(name)
	return sig, sig != 0
}

// SignalName is the name without SIG, as kill -l shows it.
func SignalName(sig unix.Signal) string {
	if sig == 0 {
		return "EXIT"
	}
	if name := unix.SignalName(sig); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(int(sig))
}
