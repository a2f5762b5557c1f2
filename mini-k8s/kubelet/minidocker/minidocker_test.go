package minidocker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/kubelet/cri"
	"drydock/testscripts/static"
)

// patience is how long a test waits for what must come, on a slow machine.
const patience = time.Minute

// TestMain makes this program what some containers of the tests run.
func TestMain(m *testing.M) {
	static.Become()
	MaybeBecome()
	if os.Args[0] == "/prog" {
		serve()
	}
	os.Exit(m.Run())
}

// serve answers at a port of the loopback interface.
func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:80")
	for err == nil {
		var connection net.Conn
		if connection, err = listener.Accept(); err == nil {
			fmt.Fprint(connection, "hello")
			connection.Close()
		}
	}
	os.Exit(1)
}

// newRuntime returns a runtime with the base image and the sandbox of a pod, or
// skips the test where that cannot be.
func newRuntime(t *testing.T) (*Runtime, cri.Sandbox) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("running pods needs root, or a sandbox, where one is root")
	}
	root := t.TempDir()
	r, err := Open(root, true)
	must(t, err)
	sandbox, err := r.RunPodSandbox(t.Context(), cri.SandboxConfig{
		PodUID: "4711", Namespace: "default", Name: "web", Hostname: "web", DNS: cri.DNS{Servers: []string{"10.96.0.10"}},
	})
	if err == nil {
		t.Cleanup(func() { must(t, r.RemovePodSandbox(context.WithoutCancel(t.Context()), sandbox.ID)) })
	}
	must(t, err)
	return r, sandbox
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start starts a container of the pod.
func start(t *testing.T, r *Runtime, config cri.ContainerConfig) string {
	t.Helper()
	config.PodUID, config.Image = "4711", "mini/box"
	id, err := r.CreateContainer(t.Context(), config)
	must(t, err)
	must(t, r.StartContainer(t.Context(), id))
	return id
}

// awaitState waits until a container is as it should be.
func awaitState(t *testing.T, r *Runtime, id string, want cri.State) cri.Container {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		all, err := r.ListContainers(t.Context(), "4711")
		must(t, err)
		for _, each := range all {
			if each.ID == id && each.State == want {
				return each
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("container is not %s: %+v", want, all)
		}
	}
}

func TestOrdinaryUsersAreRefused(t *testing.T) {
	if _, err := Open(t.TempDir(), false); err == nil || !strings.Contains(err.Error(), "needs root, or a sandbox") {
		t.Errorf("got %v", err)
	}
}

func TestAContainerOfAPod(t *testing.T) {
	r, sandbox := newRuntime(t)
	volume := t.TempDir()
	id := start(t, r, cri.ContainerConfig{
		Sandbox: sandbox.ID, Name: "c", Attempt: 2, Hash: "h", Env: []string{"COLOUR=red"},
		Command: []string{"sh", "-c"}, Args: []string{"echo $COLOUR; hostname; cat /etc/resolv.conf >&2; echo x > /v/x; exit 3"},
		Mounts: []cri.Mount{{Source: volume, Destination: "/v"}},
	})
	c := awaitState(t, r, id, cri.Exited)
	if c.ExitCode != 3 || c.Reason != "Error" || c.Attempt != 2 || c.Hash != "h" || c.Sandbox != sandbox.ID || c.Name != "c" {
		t.Errorf("got %+v, want exit 3 of the third attempt", c)
	}
	var said strings.Builder
	must(t, r.Logs(t.Context(), id, cri.LogOptions{Tail: -1}, func(line cri.LogLine) error {
		said.WriteString(line.Text)
		return nil
	}))
	for _, want := range []string{"red\n", "web\n", "nameserver 10.96.0.10\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("got log %q, want it to hold %q", said.String(), want)
		}
	}
	if _, err := os.Stat(filepath.Join(volume, "x")); err != nil {
		t.Errorf("what was written to the volume: %v", err)
	}
}

func TestCommandsAndPorts(t *testing.T) {
	r, sandbox := newRuntime(t)
	self, err := os.Executable()
	must(t, err)
	id := start(t, r, cri.ContainerConfig{Sandbox: sandbox.ID, Name: "c", Command: []string{"/prog"}, Mounts: []cri.Mount{{Source: self, Destination: "/prog", ReadOnly: true}}})
	var out, errs bytes.Buffer
	exit, err := r.Exec(t.Context(), id, []string{"sh", "-c", "cat; echo no more >&2; exit 4"},
		cri.Terminal{Stdin: strings.NewReader(strings.Repeat("x", 200<<10)), Stdout: &out, Stderr: &errs})
	if err != nil || exit != 4 || out.Len() != 200<<10 || errs.String() != "no more\n" {
		t.Errorf("got exit %d, %v, %d bytes and %q", exit, err, out.Len(), errs.String())
	}
	if _, err := r.Exec(t.Context(), id, []string{"nosuch"}, cri.Terminal{}); err == nil {
		t.Error("a command that is not there: got no error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := r.Exec(ctx, id, []string{"sleep", "1000"}, cri.Terminal{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command that takes too long: got %v", err)
	}
	var answer bytes.Buffer
	for deadline := time.Now().Add(patience); answer.Len() == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if connection, err := r.Dial(t.Context(), sandbox.ID, 80); err == nil {
			answer.ReadFrom(connection)
			connection.Close()
		}
	}
	if answer.String() != "hello" {
		t.Errorf("got %q from the pod's loopback", answer.String())
	}
}

func TestARuntimeThatStartsFindsWhatRuns(t *testing.T) {
	r, sandbox := newRuntime(t)
	id := start(t, r, cri.ContainerConfig{Sandbox: sandbox.ID, Name: "c", Command: []string{"sh", "-c", "trap '' TERM; echo up; while true; do sleep 1; done"}})
	up := errors.New("it is up")
	if err := r.Logs(t.Context(), id, cri.LogOptions{Tail: -1, Follow: true}, func(cri.LogLine) error { return up }); !errors.Is(err, up) {
		t.Fatalf("following the log: got %v", err)
	}
	r, err := Open(r.engine.Root(), true)
	must(t, err)
	sandboxes, err := r.ListPodSandboxes(t.Context(), "4711")
	must(t, err)
	if len(sandboxes) != 1 || sandboxes[0] != sandbox {
		t.Errorf("got %+v, want %+v", sandboxes, sandbox)
	}
	awaitState(t, r, id, cri.Running)
	must(t, r.StopContainer(t.Context(), id, 10*time.Millisecond))
	if c := awaitState(t, r, id, cri.Exited); c.ExitCode != 137 {
		t.Errorf("got %+v, want it killed", c)
	}
	must(t, r.StopPodSandbox(t.Context(), sandbox.ID))
	must(t, r.StopPodSandbox(t.Context(), sandbox.ID))
	if sandboxes, err = r.ListPodSandboxes(t.Context(), ""); err != nil || sandboxes[0].Ready {
		t.Errorf("got %+v and %v, want it stopped", sandboxes, err)
	}
}

func TestNamesFit(t *testing.T) {
	long := strings.Repeat("x", 253)
	if got := nameOf("c", long, "default", "uid", "0"); len(got) != 255 || !strings.HasSuffix(got, "_default_uid_0") {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	r, _ := newRuntime(t)
	if _, err := r.ImageID(t.Context(), "nosuch:1"); !errors.Is(err, cri.ErrNotFound) {
		t.Errorf("image: got %v", err)
	}
	if err := r.PullImage(t.Context(), "nosuch:1"); err == nil || !strings.Contains(err.Error(), "bring it to this machine") {
		t.Errorf("pulling: got %v", err)
	}
	if err := errors.Join(r.RemoveContainer(t.Context(), "nosuch"), r.StopContainer(t.Context(), "nosuch", 0), r.StopPodSandbox(t.Context(), "nosuch")); err != nil {
		t.Errorf("removing: got %v", err)
	}
	if _, err := r.CreateContainer(t.Context(), cri.ContainerConfig{Sandbox: "nosuch"}); !errors.Is(err, cri.ErrNotFound) {
		t.Errorf("creating: got %v", err)
	}
}
