package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"drydock/mini-k8s/kubelet/minidocker"
	"drydock/mini-k8s/pki"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
	"sigs.k8s.io/yaml"
)

// answerMain is a program for the containers of scripts, where the base image has
// none: it answers HTTP requests with its host's name.
func answerMain() {
	name, _ := os.Hostname()
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "this is", name) })
	fmt.Println(http.ListenAndServe(os.Args[1], nil))
	os.Exit(1)
}

// readyForPods prepares a script: for manifests, $ANSWER is a file that is answer.
func readyForPods(env *testscript.Env) error {
	env.Values[kubeletsKey{}] = map[string]*kubeletProcess{}
	self, err := os.Executable()
	env.Setenv("ANSWER", self)
	return err
}

// podCommands are what scripts with pods have besides.
func podCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"kubelet": kubeletScript, "port": portScript, "get": getScript, "await": awaitScript,
	}
}

// kubeletScript starts a kubelet, in the place of the one that was started before,
// if any, which is killed: kubelet NODE. The pods are removed with the script.
func kubeletScript(ts *testscript.TestScript, _ bool, args []string) {
	running := ts.Value(kubeletsKey{}).(map[string]*kubeletProcess)
	if before := running[args[0]]; before != nil {
		before.kill()
	}
	name, folder := args[0], ts.MkAbs(".state/"+args[0])
	ts.Check(os.MkdirAll(folder, 0o755))
	config := filepath.Join(folder, "kubelet.conf")
	ts.Check(nodeConfig(ts.MkAbs(".state/pki"), name, config))
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	defer log.Close()
	cmd := exec.Command("mini-k8s", "kubelet", "--kubeconfig", config, "--node-name", name, "--root-dir", folder, "--port", "0")
	cmd.Stdout, cmd.Stderr = log, log
	ts.Check(cmd.Start())
	process := &kubeletProcess{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it is killed
		close(process.ended)
	}()
	running[name] = process
	ts.Defer(func() {
		process.kill()
		if err := removePods(filepath.Join(folder, "engine")); err != nil {
			ts.Logf("removing pods: %v", err)
		}
	})
}

// kubeletsKey is under which a script keeps its kubelets, by node.
type kubeletsKey struct{}

// kubeletProcess is one that a script has started.
type kubeletProcess struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func (p *kubeletProcess) kill() {
	_ = p.cmd.Process.Kill() // unless it has ended
	<-p.ended
}

// nodeConfig writes the kubeconfig of a node, with a certificate that it may serve
// with.
func nodeConfig(certificates, name, file string) error {
	authority, err := pki.Open(certificates)
	if err != nil {
		return err
	}
	pair, err := authority.Issue(pki.Subject{Name: "system:node:" + name, Groups: []string{"system:nodes"}, Hosts: []string{name}})
	if err != nil {
		return err
	}
	admin, err := os.ReadFile(filepath.Join(certificates, "admin.conf"))
	if err != nil {
		return err
	}
	var known struct {
		Clusters []struct{ Cluster struct{ Server string } }
	}
	if err := yaml.Unmarshal(admin, &known); err != nil {
		return err
	}
	cluster := pki.Cluster{Name: "mini-k8s", Server: known.Clusters[0].Cluster.Server, Authority: authority.PEM}
	return pki.WriteFile(file, pki.Kubeconfig(cluster, "system:node:"+name, pair))
}

// removePods removes what a kubelet has left running, as it is to.
func removePods(root string) error {
	ctx := context.Background()
	runtime, err := minidocker.Open(root, true)
	if err != nil {
		return err
	}
	sandboxes, err := runtime.ListPodSandboxes(ctx, "")
	for _, each := range sandboxes {
		if err := runtime.RemovePodSandbox(ctx, each.ID); err != nil {
			return err
		}
	}
	return err
}

// portScript puts a port that is free into a variable: port NAME. It is below those
// that the kernel gives to connections, which would take it at any time. See ip(7),
// ip_local_port_range.
func portScript(ts *testscript.TestScript, _ bool, args []string) {
	for {
		port := fmt.Sprint(20000 + rand.IntN(12000))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if errors.Is(err, unix.EADDRINUSE) {
			continue
		}
		ts.Check(err)
		ts.Check(listener.Close())
		ts.Setenv(args[0], port)
		return
	}
}

// getScript asks over HTTP until it is answered, and writes the answer to a file:
// get URL FILE.
func getScript(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get(args[0])
		if err == nil {
			text, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o644))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("get %s: %v", args[0], err)
		}
	}
}

// awaitScript runs a command until it succeeds: await COMMAND ARG…
func awaitScript(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(patience); ts.Exec(args[0], args[1:]...) != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("await %v: it did not come true", args)
		}
	}
}
