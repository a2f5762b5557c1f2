package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/cluster"
	"drydock/mini-k8s/kubelet/minidocker"
	"drydock/testscripts/static"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this program mini-k8s as well, for the scripts to run.
func TestMain(m *testing.M) {
	static.Become() // a container has no libraries of the host's
	cluster.MaybeBecome()
	minidocker.MaybeBecome()
	testscript.Main(m, map[string]func(){"mini-k8s": main, "answer": answerMain})
}

// TestKubectl runs the scripts in which the real kubectl drives an API server of
// its own, each in a folder of its own and on a port of loopback.
func TestKubectl(t *testing.T) {
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "kubectl")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no bin/kubectl: `make kubectl` builds it, which takes minutes the first time")
	}
	testscript.Run(t, testscript.Params{
		Dir: "../../testscripts/kubectl", Setup: func(env *testscript.Env) error {
			// The kubectl of this build, and the mini-k8s of this test.
			own := filepath.Join(env.WorkDir, ".bin")
			if err := errors.Join(os.Mkdir(own, 0o755), os.Symlink(filepath.Join(bin, "kubectl"), filepath.Join(own, "kubectl"))); err != nil {
				return err
			}
			env.Setenv("PATH", own+":"+env.Getenv("PATH"))
			return errors.Join(readyForPods(env), startAPIServer(env))
		},
		Cmds: podCommands(),
		Condition: func(name string) (bool, error) {
			if name == "pods" { // see minidocker.Open
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// patience is how long the API server may take to begin, on a slow machine.
const patience = time.Minute

// startAPIServer starts an API server for a script and waits for the kubeconfig
// that it writes once it is ready.
func startAPIServer(env *testscript.Env) error {
	state := filepath.Join(env.WorkDir, ".state")
	var said strings.Builder
	cmd := exec.Command("mini-k8s", "apiserver", "--data-dir", state, "--secure-port", "0")
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	env.Defer(func() {
		_ = cmd.Process.Kill() // unless it has ended
		<-ended
	})
	kubeconfig := filepath.Join(state, "pki", "admin.conf")
	env.Setenv("KUBECONFIG", kubeconfig)
	env.Setenv("HOME", env.WorkDir)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(kubeconfig); err == nil {
			return nil
		}
		select {
		case <-ended:
			return errors.New("mini-k8s apiserver ended: " + said.String())
		default:
		}
		if time.Now().After(deadline) {
			return errors.New("mini-k8s apiserver is not ready")
		}
	}
}
