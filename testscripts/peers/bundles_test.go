package peers

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rootfs fills a folder with box and the names it is called by.
func rootfs(t *testing.T, dir string) {
	t.Helper()
	box, err := os.ReadFile(filepath.Join(bin(t), "box"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "bin/box"), string(box))
	for _, applet := range []string{"sh", "cat", "id", "sleep", "ls", "touch"} {
		if err := os.Symlink("box", filepath.Join(dir, "bin", applet)); err != nil {
			t.Fatal(err)
		}
	}
}

// runtimeProgram is mini-docker as other engines call an OCI runtime: a program of
// its own.
func runtimeProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(openDir(t), "mini-runtime")
	write(t, program, fmt.Sprintf("#!/bin/sh\nexec %s/mini-docker runtime \"$@\"\n", bin(t)))
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

// status runs a command that is to end with a status.
func status(t *testing.T, want int, command *exec.Cmd) string {
	t.Helper()
	output, err := command.CombinedOutput()
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%s: status %d, want %d\n%s", strings.Join(command.Args, " "), got, want, output)
	}
	return string(output)
}

// What others write into config.json means here what it means to runc: what a
// process sees of itself and of its cgroups is the same, number for number.
func TestTheBundlesOfOthersMeanWhatTheyMeanToRunc(t *testing.T) {
	need(t, "runc", "crun")
	const look = `cat /proc/self/cgroup; ls /sys/fs/cgroup; cat /proc/self/mountinfo; id; cat /proc/self/status`
	ours := runtimeProgram(t)
	for _, writer := range []string{"runc", "crun"} {
		for _, namespace := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, cgroup namespace %t", writer, namespace), func(t *testing.T) {
				dir := openDir(t)
				rootfs(t, filepath.Join(dir, "rootfs"))
				spec := exec.Command(writer, "spec")
				spec.Dir = dir
				run(t, spec)
				changeConfig(t, dir, func(config map[string]any) {
					process := config["process"].(map[string]any)
					process["terminal"], process["args"] = false, []string{"/bin/sh", "-c", look}
					linux := config["linux"].(map[string]any)
					linux["cgroupsPath"] = "/" + group(t)
					kept := []any{}
					for _, each := range linux["namespaces"].([]any) {
						if each.(map[string]any)["type"] != "cgroup" {
							kept = append(kept, each)
						}
					}
					if namespace {
						kept = append(kept, map[string]any{"type": "cgroup"})
					}
					linux["namespaces"] = kept
				})
				theirs := exec.Command("runc", "--root", filepath.Join(dir, "runc"), "run", "peer")
				theirs.Dir = dir
				want := run(t, theirs)
				mine := exec.Command(ours, "--root", filepath.Join(dir, "mini"), "run", "--bundle", dir, "peer")
				if got := run(t, mine); seen(got) != seen(want) {
					t.Errorf("got\n%s\nruncs:\n%s", seen(got), seen(want))
				}
				list := run(t, exec.Command(ours, "--root", filepath.Join(dir, "mini"), "list", "-q"))
				if list != "" {
					t.Errorf("left behind: %s", list)
				}
			})
		}
	}
}

// changeConfig changes a bundle's config.json.
func changeConfig(t *testing.T, dir string, change func(map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	change(config)
	if text, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
}

// seen is what two runtimes have to agree on: mounts of cgroups without their
// numbers, memberships but for the tree that neither of them uses, and of a
// process what it may do.
func seen(text string) string {
	var lines []string
	mount := regexp.MustCompile(`^\d+ \d+ \S+ (\S+ /sys/fs/cgroup\S*) (\S+) .*- (\S+)`)
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, ":")
		switch found := mount.FindStringSubmatch(line); {
		case found != nil:
			if found[3] == "tmpfs" {
				found[2] = "" // runc forgets to make the folder read-only
			}
			lines = append(lines, strings.Join(found[1:], " "))
		case strings.Contains(line, " - ") || name == "0":
		case name == "SigIgn":
			// What the caller ignores runc passes on, and mini-docker does not: record 0062.
			lines = append(lines, fmt.Sprintf("%s %x", name, ignored(line)&^ignored(ownLine(name))))
		case strings.HasPrefix(name, "Cap"), name == "NoNewPrivs", name == "Seccomp", name == "Uid", name == "Gid", name == "Groups",
			name == "SigBlk", !strings.Contains(line, "\t"):
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// ignored reads a line such as `SigIgn: 0000000000000001`. See proc_pid_status(5).
func ignored(line string) uint64 {
	_, set, _ := strings.Cut(line, ":")
	bits, _ := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
	return bits
}

// ownLine is a line of this process's own status.
func ownLine(name string) string {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, name+":") {
			return line
		}
	}
	return ""
}

// Podman runs containers with this runtime as with its own.
func TestPodmanRunsContainersWithOurRuntime(t *testing.T) {
	need(t, "podman", "conmon")
	dir, program := openDir(t), runtimeProgram(t)
	image := filepath.Join(dir, "image")
	rootfs(t, image)
	run(t, exec.Command("tar", "-C", image, "-cf", filepath.Join(dir, "image.tar"), "."))
	flags := "--cgroup-parent /" + group(t) + " --ulimit nofile=1024:1024 --ulimit nproc=1024:1024"
	// One world for all calls: podman remembers what it has mounted.
	script := filepath.Join(dir, "script")
	write(t, script, `set -u; P="podman --root $1/root --runroot $1/run --tmpdir $1/tmp --cgroup-manager cgroupfs --runtime $2"
		run() { net=$1; shift; $P run --network $net `+flags+` "$@"; echo "status $?"; }
		$P import $1/image.tar box:1 >/dev/null 2>&1 || exit
		for net in none host; do run $net --rm box:1 /bin/sh -c 'echo hello; exit 5'; done
		run none --rm --read-only --tmpfs /x -t box:1 /bin/sh -c 'touch /x/y /tmp/z && echo written'
		run none --rm box:1 nothere
		run none --rm box:1 /bin/box/x
		run none -d --name web box:1 /bin/sleep 1000 >/dev/null
		$P exec web /bin/sh -c 'echo executed; exit 6'; echo "status $?"
		$P exec -u 1000 web /bin/id -u
		$P pause web >/dev/null; $P unpause web >/dev/null
		$P stop -t 0 web >/dev/null; $P start web >/dev/null; $P kill web >/dev/null
		$P wait web >/dev/null; $P ps -a --format '{{.Names}} {{.Status}}'; $P rm web >/dev/null
		run none -d --name shared --pid host box:1 /bin/sh -c '/bin/sleep 4711 & /bin/sleep 4712' >/dev/null
		$P rm -f -t 0 shared >/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -c 'sleep 471[12]'
		$P ps -aq`)
	got := status(t, 0, inPrivate(dir, "sh", script, dir, program))
	want := []string{"hello", "status 5", "hello", "status 5", "written", "status 0", "not found", "status 127", "status 12",
		"executed", "status 6", "1000", "web Exited (137)", "\n", "0"}
	rest := got
	for _, each := range want {
		_, after, ok := strings.Cut(rest, each)
		if !ok {
			t.Fatalf("no %q (in this order: %q) in\n%s", each, want, got)
		}
		rest = after
	}
	if strings.TrimSpace(rest) != "" {
		t.Errorf("left over: %q of\n%s", rest, got)
	}
}
