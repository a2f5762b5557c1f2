package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// learner is an ordinary user that exists in a mount namespace of the test alone.
const learner = 54321

// TestDebianIsImportedAndRuns does so in every world that an engine works in.
func TestDebianIsImportedAndRuns(t *testing.T) {
	need(t, "debootstrap", "newuidmap", "setpriv")
	debian, dir := debian(t), openDir(t)
	for _, name := range []string{"drydock", "mini-docker"} {
		program, err := os.ReadFile(filepath.Join(bin(t), name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(program))
	}
	if err := os.Mkdir(filepath.Join(dir, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "home"), learner, learner); err != nil {
		t.Fatal(err)
	}
	// Programs of four languages, a package's script, and files of other owners.
	const use = `mini-docker import - debian:1 >/dev/null && mini-docker run --rm debian:1 sh -c '
		cat /etc/debian_version; perl -e "print 6 * 7, chr 10"; dpkg --verify base-files && echo verified
		stat -c %a:%U:%G /usr/bin/passwd /var/mail; setpriv --reuid 1 --clear-groups --bounding-set -all id -un'`
	whole := []string{"42", "verified", "4755:root:root", "2775:root:mail", "daemon"}
	// A sandbox of an ordinary user has one id: all files are root's there, and
	// nobody can become another.
	alone := []string{"42", "verified", "4755:root:root", "2775:root:root"}
	for name, world := range map[string]struct {
		command *exec.Cmd
		want    []string
	}{
		"root":             {exec.Command("sh", "-c", use), whole},
		"user with ranges": {asLearner(t, "sh", "-c", use), whole},
		"root's sandbox":   {exec.Command("drydock", "sandbox", "--", "sh", "-c", use), whole},
		"user's sandbox":   {asLearner(t, "drydock", "sandbox", "--", "sh", "-c", strings.Replace(use, "setpriv", "true", 1)), alone},
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := os.Open(debian)
			if err != nil {
				t.Fatal(err)
			}
			defer archive.Close()
			c := world.command
			c.Stdin = archive
			c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+filepath.Join(dir, "home"))
			if c.SysProcAttr == nil {
				c.Env = append(c.Env, "MINI_DOCKER_ROOT="+filepath.Join(t.TempDir(), "root"), "HOME="+t.TempDir())
			}
			if c.Path, err = exec.LookPath(c.Args[0]); err != nil {
				c.Path = filepath.Join(dir, c.Args[0])
			}
			c.Err = nil
			lines := strings.Fields(run(t, c))
			if len(lines) == 0 || !strings.HasPrefix(lines[0], "1") || fmt.Sprint(lines[1:]) != fmt.Sprint(world.want) {
				t.Errorf("got %q, want a version of Debian and %q", lines, world.want)
			}
		})
	}
}

// asLearner runs a command as an ordinary user with a range of ids, of whom this
// machine hears nothing: the files that name them are covered in a mount namespace.
func asLearner(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	dir := openDir(t)
	script := "mount --make-rprivate /\n"
	for name, line := range map[string]string{
		"passwd": fmt.Sprintf("learner:x:%d:%d::/:/bin/sh", learner, learner),
		"group":  fmt.Sprintf("learner:x:%d:", learner),
		"subuid": "learner:2000000:65536", "subgid": "learner:2000000:65536",
	} {
		old, err := os.ReadFile(filepath.Join("/etc", name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(old)+line+"\n")
		script += fmt.Sprintf("mount --bind %s /etc/%s || exit\n", filepath.Join(dir, name), name)
	}
	script += fmt.Sprintf(`unset XDG_RUNTIME_DIR; exec setpriv --reuid %d --regid %d --clear-groups "$@"`, learner, learner)
	command := exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	return command
}

// debian returns an archive of Debian's smallest system. It is made once, from the
// mirror that apt has here, and kept in the user's cache.
func debian(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "drydock", "peers", "debian.tar")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	targets := exec.Command("apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages", "Origin: Debian")
	first, _, _ := strings.Cut(run(t, targets), "\n")
	suite, mirror, ok := strings.Cut(first, " ")
	if !ok {
		t.Skip("apt knows no mirror of Debian's here: `apt-get update`")
	}
	dir := t.TempDir()
	run(t, exec.Command("debootstrap", "--variant=minbase", suite, filepath.Join(dir, "root"), mirror))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("tar", "--numeric-owner", "-C", filepath.Join(dir, "root"), "-cf", path+".partial", "."))
	if err := os.Rename(path+".partial", path); err != nil {
		t.Fatal(err)
	}
	return path
}
