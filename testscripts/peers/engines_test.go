package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// engine is another program with docker's grammar.
type engine struct {
	call       func(args ...string) *exec.Cmd
	buildFlags []string
	runFlags   []string
}

// engines are those that images are exchanged with. Each is started for one test.
var engines = map[string]func(t *testing.T) engine{"docker": docker, "podman": podman}

// apart are the namespaces in which another engine works, and with which all ends
// that it has started and mounted.
const apart = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC

// inPrivate makes a command run in namespaces of its own, with a /proc that fits and
// with folders below dir in the place of those that engines leave files in.
func inPrivate(dir string, args ...string) *exec.Cmd {
	script := `mount --make-rprivate / && mount -t proc proc /proc && cd "$1" && mkdir -p slash-run shm &&
		mount --bind slash-run /run && mount --bind shm /dev/shm && shift && exec "$@"`
	command := exec.Command("sh", append([]string{"-c", script, "sh", dir}, args...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: apart, Pdeathsig: syscall.SIGKILL}
	return command
}

// group names a cgroup for the containers of another engine, and removes it
// afterwards: an engine leaves its parents standing.
func group(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("drydock-peers-%d", os.Getpid())
	t.Cleanup(func() {
		found, _ := filepath.Glob("/sys/fs/cgroup/*/" + name)
		for _, top := range append(found, "/sys/fs/cgroup/"+name) {
			removeGroups(top)
		}
	})
	return name
}

// removeGroups removes a group and those below it, the innermost first: rmdir(2)
// is the only way, the files in them are the kernel's.
func removeGroups(top string) {
	var dirs []string
	filepath.WalkDir(top, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, dir := range slices.Backward(dirs) {
		unix.Rmdir(dir)
	}
}

// docker starts a daemon that touches no network and no store but the test's.
func docker(t *testing.T) engine {
	need(t, "docker", "dockerd", "runc")
	dir := openDir(t)
	socket, log := filepath.Join(dir, "socket"), filepath.Join(dir, "log")
	daemon := inPrivate(dir, "dockerd", "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--host", "unix://"+socket, "--cgroup-parent", "/"+group(t),
		"--iptables=false", "--ip6tables=false", "--bridge=none")
	said, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	daemon.Stdout, daemon.Stderr = said, said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Signal(syscall.SIGTERM)
		daemon.Wait()
	})
	call := func(args ...string) *exec.Cmd {
		command := exec.Command("docker", args...)
		// The builder that the daemon has in itself; the other is a plugin.
		command.Env = append(os.Environ(), "DOCKER_HOST=unix://"+socket, "DOCKER_BUILDKIT=0", "DOCKER_CONFIG="+dir)
		return command
	}
	for end := time.Now().Add(wait.Deadline); call("version").Run() != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			text, _ := os.ReadFile(log)
			t.Fatalf("dockerd does not answer:\n%s", text)
		}
	}
	return engine{call: call, buildFlags: []string{"--network", "none"}, runFlags: []string{"--network", "none"}}
}

// podman is its own engine: there is no daemon.
func podman(t *testing.T) engine {
	need(t, "podman", "runc")
	dir := openDir(t)
	// Without CAP_SYS_RESOURCE nobody may raise a limit over their own, as podman
	// would by itself; with it this is what they are anyway.
	limits := []string{"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}
	return engine{
		call: func(args ...string) *exec.Cmd {
			// runc: crun refuses machines whose cgroups are of both versions.
			return inPrivate(dir, append([]string{"podman", "--root", filepath.Join(dir, "root"), "--runroot", filepath.Join(dir, "run"),
				"--tmpdir", filepath.Join(dir, "tmp"), "--cgroup-manager", "cgroupfs", "--runtime", "runc"}, args...)...)
		},
		// In a chroot, since a step of podman's build takes no such limits.
		buildFlags: []string{"--isolation", "chroot"},
		runFlags:   append(limits, "--network", "none", "--cgroup-parent", "/"+group(t)),
	}
}

// context writes what an image is built from. base is its first line: a name, or
// scratch, which gets a shell.
func context(t *testing.T, base string) string {
	t.Helper()
	dir := t.TempDir()
	steps := []string{"FROM " + base}
	if base == "scratch" {
		box, err := os.ReadFile(filepath.Join(bin(t), "box"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "bin/box"), string(box))
		for _, applet := range []string{"sh", "cat", "rm"} {
			if err := os.Symlink("box", filepath.Join(dir, "bin", applet)); err != nil {
				t.Fatal(err)
			}
		}
		steps = append(steps, "COPY bin /bin")
	}
	write(t, filepath.Join(dir, "hidden/a"), "1")
	write(t, filepath.Join(dir, "hidden/b"), "2")
	steps = append(steps, "COPY hidden /hidden", "ENV WORD=spoken",
		`RUN ["/bin/sh", "-c", "echo made >/made; rm /hidden/a"]`, "COPY hidden/b /hidden/c",
		`CMD ["/bin/sh", "-c", "echo $WORD; cat /made; echo /hidden/*"]`, "")
	write(t, filepath.Join(dir, "Dockerfile"), strings.Join(steps, "\n"))
	return dir
}

// answer is what a container of that image prints.
const answer = "spoken\nmade\n/hidden/b /hidden/c\n"
