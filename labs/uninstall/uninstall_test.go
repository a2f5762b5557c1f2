package uninstall

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// used is a machine that drydock was used on: a home, and the machine's own files,
// below a folder of the test's. mini-docker there knows one running container if
// running names one.
func used(t *testing.T, running string) (u *Uninstall, home string) {
	t.Helper()
	dir := t.TempDir()
	home = filepath.Join(dir, "home")
	for name, text := range map[string]string{
		"home/.cache/drydock/base-1/bin/box":                  "",
		"home/.local/share/drydock/work/my-drydock/work.json": "{}",
		"home/.local/share/mini-docker/containers/1/x":        "",
		"home/.local/share/mini-k8s/.keep":                    "",
		"home/.local/state/drydock/progress.json":             "{}",
		"home/my-drydock/.drydock":                            "",
		"home/my-drydock/go.mod":                              "",
		"home/letter":                                         "mine",
		"bin/drydock":                                         "",
		"bin/other":                                           "mine",
		"bin/mini-docker":                                     "#!/bin/sh\n[ \"$3 $4\" = 'ps --format' ] && echo '" + running + "'\ntrue\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "sys/fs/cgroup/pids/drydock/left"), 0o755); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home, "XDG_RUNTIME_DIR": filepath.Join(dir, "runtime")}
	return &Uninstall{getenv: func(key string) string { return env[key] }, bin: filepath.Join(dir, "bin"), top: dir}, home
}

func TestNothingOfOursStaysAndAllOfTheirsDoes(t *testing.T) {
	u, home := used(t, "")
	if err := u.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ours []Place
	for _, p := range u.Places() {
		if !p.Theirs {
			ours = append(ours, p)
		}
	}
	if err := u.Remove(t.Context(), ours); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{
		".cache/drydock": false, ".local/share/mini-docker": false, ".local/share/mini-k8s": false, "../bin/drydock": false, "../bin/mini-docker": false,
		"../sys/fs/cgroup/pids/drydock": false, "../sys/fs/cgroup/pids": true, "../bin/other": true, "letter": true,
		"my-drydock/go.mod": true, ".local/state/drydock/progress.json": true, ".local/share/drydock/work": true,
	} {
		_, err := os.Stat(filepath.Join(home, name))
		if (err == nil) != stays {
			t.Errorf("%s is there: %v, want %v", name, err == nil, stays)
		}
	}
	// What is left is theirs, and goes when they say so.
	if err := u.Remove(t.Context(), u.Places()); err != nil {
		t.Fatal(err)
	}
	if left := u.Places(); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	if _, err := os.Stat(filepath.Join(home, "letter")); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsNotATreeIsLeftAlone(t *testing.T) {
	u, home := used(t, "")
	if err := os.Remove(filepath.Join(home, "my-drydock/.drydock")); err != nil {
		t.Fatal(err)
	}
	for _, p := range u.Places() {
		if strings.HasSuffix(p.Path, "my-drydock") {
			t.Errorf("%s is to be removed, and drydock did not make it", p.Path)
		}
	}
}

func TestWhatIsInUseIsNamed(t *testing.T) {
	u, _ := used(t, "web")
	if err := u.Idle(t.Context()); err == nil || !strings.Contains(err.Error(), "container web") {
		t.Errorf("got %v, want that container web runs", err)
	}
	u, home := used(t, "")
	dir := u.runtime("drydock")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "pids.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Idle(t.Context()); err == nil || !strings.Contains(err.Error(), "lesson pids") {
		t.Errorf("got %v, want that lesson pids is open", err)
	}
	socket.Close()
	if err := u.Idle(t.Context()); err != nil {
		t.Errorf("after it ended: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(home, ".local/share/mini-k8s/shop"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := u.Idle(t.Context()); err == nil || !strings.Contains(err.Error(), "cluster shop") {
		t.Errorf("got %v, want that cluster shop runs", err)
	}
}
