package main

import (
	"strings"
	"testing"
)

// What fork and zombie start is started through /proc/self/exe, which must not
// be what a process list calls it.
func TestStartedAppletsCarryTheirName(t *testing.T) {
	for script, want := range map[string]string{
		// The line that zombie prints comes when both have ended.
		"zombie -n 2 > f & while ! read word pid < f; do :; done; ps -o comm,stat | grep Z; kill $!": "zombie Z zombie Z",
		// The child is called fork, and exe, before it names itself, a moment after
		// fork has told its number.
		"fork -t 60 > f & while ! read word pid < f; do :; done; n=0; " +
			"while read name < /proc/$pid/comm; [ $name != sleep ] && [ $n -lt 99999 ]; do n=$((n+1)); done; " +
			"echo $name; kill $pid; wait": "sleep",
		"sleep 60 & sleep 61 & while [ $(pidof sleep | wc -w) != 2 ]; do :; done; " +
			"test $(pidof -s sleep) = $! && echo the last; kill $(pidof sleep)": "the last",
		"{ cat /proc/self/comm; :; } & wait":  "cat",
		"{ cat /proc/$PPID/comm; :; } & wait": "sh",
	} {
		got := strings.Join(strings.Fields(isolated(t, script)), " ")
		if got != want {
			t.Errorf("%s\nprinted %q, want %q", script, got, want)
		}
	}
}

// A reader of the lesson's code between two commands still finds them.
func TestForkedChildrenStayForMinutes(t *testing.T) {
	// While the kernel makes the child a program, it has no command line.
	got := isolated(t, "fork > f & while ! read word pid < f; do :; done; n=0; "+
		"while line=$(tr '\\0' ' ' < /proc/$pid/cmdline); [ -z \"$line\" ] && [ $n -lt 999 ]; do n=$((n+1)); done; "+
		"echo \"$line\"; kill $pid")
	if got != "sleep 300 \n" {
		t.Errorf("a child of fork is %q, want %q", got, "sleep 300 \n")
	}
}

// EPERM and EACCES are two answers, and a guess at the reason is made only
// where it can be right: not to who has the capability.
func TestRefusalsAreNamedAsTheKernelDoes(t *testing.T) {
	const needs = " (this process lacks the capability CAP_SYS_ADMIN; lscaps shows those it has)\n"
	for script, want := range map[string]string{
		"mkdir d; unshare -U mount -t tmpfs x d 2>&1":                                                         "mount: mounting x on d: Operation not permitted" + needs,
		"mkdir d; unshare -Ur mount -t tmpfs x d 2>&1":                                                        "mount: mounting x on d: Operation not permitted\n",
		"unshare --map-user 1000 sh -c 'unshare -m true' 2>&1":                                                "unshare: Operation not permitted (this process lacks the capability CAP_SYS_ADMIN; where the machine allows it, a user namespace gives it: -r)\n",
		"mkdir d e; chmod 0 d; setpriv --bounding-set -dac_override,-dac_read_search mount --bind d/x e 2>&1": "mount: mounting d/x on e: Permission denied\n",
	} {
		if got := isolated(t, script); got != want {
			t.Errorf("%s\nprinted %q, want %q", script, got, want)
		}
	}
}
