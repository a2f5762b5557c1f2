package peers

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"drydock/mini-docker/builder/corpus"
	"drydock/testscripts/wait"
)

// What BuildKit and this builder make of a Dockerfile differs in nothing but times:
// also where Docker's own builder, which it took the place of, knows no such thing.
func TestTheCorpusIsBuiltAsBuildKitBuildsIt(t *testing.T) {
	here := miniDocker(t)
	other := buildKit(t, layoutOf(t, here, "mini/box"))
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "word\n")
	shapes, err := corpus.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range shapes {
		t.Run(shape.Name, func(t *testing.T) {
			dir, theirs := t.TempDir(), filepath.Join(t.TempDir(), "image.tar")
			if err := shape.Write(dir); err != nil {
				t.Fatal(err)
			}
			given := []string{"--secret", "id=word,src=" + secret}
			run(t, here(append([]string{"build", "--network", "none", "-t", "corpus", dir}, given...)...))
			run(t, other(append(given, "--local", "context="+dir, "--local", "dockerfile="+dir, "--output", "type=docker,name=corpus,dest="+theirs)...))
			same(t, saved(t, here), theirs)
		})
	}
}

// layoutOf writes an image as the folder of an OCI image layout.
func layoutOf(t *testing.T, call func(args ...string) *exec.Cmd, name string) string {
	t.Helper()
	dir := t.TempDir()
	packed := call("save", name)
	unpack := exec.Command("tar", "-x", "-C", dir)
	var err error
	if unpack.Stdin, err = packed.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := packed.Start(); err != nil {
		t.Fatal(err)
	}
	run(t, unpack)
	if err := packed.Wait(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// buildKit builds BuildKit's daemon and its client from their module, starts the
// daemon, and returns how a build begins that may stand on the image of a layout,
// there called mini/box, and on no other: it reaches no registry.
func buildKit(t *testing.T, base string) func(args ...string) *exec.Cmd {
	need(t, "runc", "go")
	dir := openDir(t)
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir+"/", "tool")
	build.Dir = filepath.Join("..", "buildkit")
	run(t, build)
	index, err := os.ReadFile(filepath.Join(base, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var known struct{ Manifests []struct{ Digest string } }
	if err := json.Unmarshal(index, &known); err != nil {
		t.Fatal(err)
	}
	// Only a file tells it where its containers' cgroups belong.
	config, socket := filepath.Join(dir, "config"), "unix://"+filepath.Join(dir, "socket")
	write(t, config, "[worker.oci]\ndefaultCgroupParent = \"/"+group(t)+"\"\n")
	daemon := inPrivate(dir, filepath.Join(dir, "buildkitd"), "--config", config, "--addr", socket, "--root", filepath.Join(dir, "root"),
		"--containerd-worker=false", "--oci-worker-binary", "runc", "--oci-worker-net", "host")
	log := filepath.Join(dir, "log")
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
	client := func(args ...string) *exec.Cmd {
		return exec.Command(filepath.Join(dir, "buildctl"), append([]string{"--addr", socket}, args...)...)
	}
	for end := time.Now().Add(wait.Deadline); client("debug", "workers").Run() != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			text, _ := os.ReadFile(log)
			t.Fatalf("buildkitd does not answer:\n%s", text)
		}
	}
	return func(args ...string) *exec.Cmd {
		return client(append([]string{"build", "--progress", "plain", "--frontend", "dockerfile.v0",
			"--opt", "cmdline=", // the frontend is the daemon's own, whatever `# syntax` asks for
			"--opt", "force-network-mode=none",
			"--oci-layout", "base=" + base, "--opt", "context:mini/box=oci-layout://base@" + known.Manifests[0].Digest,
		}, args...)...)
	}
}
