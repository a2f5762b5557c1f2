package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCluster runs the scripts that start clusters, as root and as an ordinary
// user alike, each in a folder of its own.
func TestCluster(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../testscripts/cluster",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("MINI_K8S_ROOT", filepath.Join(env.WorkDir, "clusters"))
			env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, "clusters", "mini-k8s", "kubeconfig"))
			vars := env.Vars
			env.Defer(func() {
				down := exec.Command("mini-k8s", "down") // after a failure it is still there
				down.Env = vars
				_ = down.Run()
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"killed": killedScript, "stopped": stoppedScript, "port": portScript, "await": awaitScript,
		},
	})
}

// killedScript kills a component of the cluster and waits for the one that comes in
// its place: killed NAME [NODE]. For the keeper none comes.
func killedScript(ts *testscript.TestScript, _ bool, args []string) {
	before, err := component(ts, args)
	ts.Check(err)
	ts.Check(syscall.Kill(before, syscall.SIGKILL))
	if args[0] == "keeper" {
		return
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if now, err := component(ts, args); err == nil && now != before {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not come back", args[0])
		}
	}
}

// stoppedScript has a component of the cluster stand still: stopped NAME [NODE].
func stoppedScript(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := component(ts, args)
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.SIGSTOP))
}

// component is the process id of the first component of a name, on a node if one is
// named.
func component(ts *testscript.TestScript, named []string) (int, error) {
	status := exec.Command("mini-k8s", "status")
	for _, each := range []string{"HOME", "MINI_K8S_ROOT", "PATH"} {
		status.Env = append(status.Env, each+"="+ts.Getenv(each))
	}
	text, err := status.Output() // fails while there is no API server
	for lines := bufio.NewScanner(strings.NewReader(string(text))); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != named[0] || len(named) > 1 && fields[len(fields)-1] != named[1] {
			continue
		}
		return strconv.Atoi(fields[1])
	}
	return 0, fmt.Errorf("`mini-k8s status` shows no %v (%w):\n%s", named, err, text)
}
