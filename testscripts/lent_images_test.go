package testscripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/testscripts/crash"
)

// What this machine's engine has loaded is there in a sandbox, without being copied,
// and is neither changed nor removed from inside.
func TestTheMachinesImagesAreInAShell(t *testing.T) {
	drydock, cache := programs(t)
	dir := t.TempDir()
	store := crash.Store{Program: filepath.Join(filepath.Dir(drydock), "mini-docker"), Root: filepath.Join(dir, "root")}
	for name, text := range map[string]string{"Dockerfile": "FROM mini/box\nRUN rm /bin/env\nCOPY word /word\n", "word": "from outside"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	store.Run(t, "build", "-q", "-t", "built:1", dir)
	before := store.Files(t)

	shell := exec.CommandContext(t.Context(), drydock, "shell")
	shell.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "MINI_DOCKER_ROOT="+store.Root)
	shell.Stdin = strings.NewReader(`
		mini-docker images --format '{{.Repository}}:{{.Tag}}'
		mini-docker run --rm built:1 sh -c 'cat /word; echo; ls /bin/env 2>/dev/null || echo removed; stat -c %U /bin/box'
		ls $MINI_DOCKER_ROOT/layers | wc -l
		mini-docker rmi built:1 2>&1
		touch /run/drydock/lent/images/layers/x 2>&1
		echo FROM built:1 >Dockerfile; echo RUN echo inside \>/word >>Dockerfile
		mini-docker build -q -t inside:1 . >/dev/null && mini-docker run --rm inside:1 cat /word
	`)
	var complaint strings.Builder
	shell.Stderr = &complaint
	text, err := shell.Output()
	if err != nil {
		t.Fatalf("drydock shell: %v\n%s%s", err, text, complaint.String())
	}
	if strings.Contains(complaint.String(), "are not in the sandbox") {
		t.Skip(complaint.String())
	}
	got := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, want := range []string{
		"mini/box:latest", "built:1", "from outside", "removed", "root", "1", // that of the base, which every store has
		"host", "Read-only file system", "inside",
	} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("line %d is not %q in\n%s%s", i+1, want, text, complaint.String())
			break
		}
	}
	if after := store.Files(t); !slices.Equal(after, before) {
		t.Errorf("the machine's store was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}
