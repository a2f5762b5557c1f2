package shell

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
)

var openFiles = regexp.MustCompile(`(?m)^Max open files +(\d+) `)

// givenFiles is the soft limit of open files that this shell was given. Go has
// raised it for itself, and gives it back to what is executed: so a child is asked,
// which stands still after its execve(2), as one that is traced does. See
// ptrace(2), PTRACE_TRACEME. Where that is not to be had, ok is false.
func givenFiles() (limit uint64, ok bool) {
	runtime.LockOSThread() // a child is traced by a thread
	defer runtime.UnlockOSThread()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"true"}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
	if err != nil {
		return 0, false
	}
	var stopped syscall.WaitStatus
	syscall.Wait4(pid, &stopped, 0, nil)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	syscall.Kill(pid, syscall.SIGKILL)
	syscall.Wait4(pid, nil, 0, nil)
	found := openFiles.FindSubmatch(text)
	if err != nil || found == nil || !stopped.Stopped() {
		return 0, false
	}
	limit, err = strconv.ParseUint(string(found[1]), 10, 64)
	return limit, err == nil
}
