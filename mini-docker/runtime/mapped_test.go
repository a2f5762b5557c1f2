package runtime_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Who is killed leaves nobody behind who goes on with what it has begun.
func TestAMappedProcessDiesWithWhoStartedIt(t *testing.T) {
	spec := defaultSpec(nil)
	subordinate(t)(spec)
	text, err := json.Marshal(spec.Linux)
	must(t, err)
	starter := exec.Command("/proc/self/exe", "start-mapped", string(text))
	output, err := starter.StdoutPipe()
	must(t, err)
	must(t, starter.Start())
	var pid int
	if _, err := fmt.Fscan(output, &pid); err != nil {
		t.Fatal(err)
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	must(t, err)
	must(t, starter.Process.Kill())
	starter.Wait()
	waitGone(t, pidfd)
}

// startMapped has another process of this program hang as root of a user namespace.
func startMapped(text string) {
	linux := new(specs.Linux)
	if err := json.Unmarshal([]byte(text), linux); err != nil {
		os.Exit(1)
	}
	runtime.RunMapped(linux, runtime.Mapped{Args: []string{"hang-mapped"}})
	os.Exit(1)
}
