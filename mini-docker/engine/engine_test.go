package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/mini-docker/image"
	"drydock/mini-docker/runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sys/unix"
)

// TestMain makes this program what the containers of the tests run: prog, the
// only command of their image, is the test program itself.
func TestMain(m *testing.M) {
	runtime.MaybeInit()
	if len(os.Args) > 1 && os.Args[0] == "prog" {
		os.Exit(prog(os.Args[1:]))
	}
	if root := os.Getenv("ENGINE_TEST_RUN"); root != "" {
		os.Exit(runOne(root))
	}
	os.Exit(m.Run())
}

// prog is the command in the containers.
func prog(args []string) int {
	switch args[0] {
	case "exit":
		status, _ := strconv.Atoi(args[1])
		return status
	case "hostname":
		name, _ := os.Hostname()
		fmt.Println(name)
	case "wait":
		time.Sleep(time.Hour)
	}
	return 0
}

const testImage = "test/image:latest"

// newEngine returns an engine whose only image holds prog.
func newEngine(t *testing.T) *Engine {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	writeImage(t, root)
	e, err := Open(Options{Root: root, RunDir: filepath.Join(root, "run")})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// writeImage writes an OCI layout with one image by hand, and its layer as it is
// once unpacked.
func writeImage(t *testing.T, root string) {
	t.Helper()
	diffID := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
	layer := filepath.Join(root, "layers", diffID.Hex)
	for _, dir := range []string{"bin", "etc", "dev", "proc", "sys"} {
		must(t, os.MkdirAll(filepath.Join(layer, dir), 0o755))
	}
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(layer, "bin/prog"), self, 0o755))
	must(t, os.WriteFile(filepath.Join(layer, "bin/data"), []byte("no program"), 0o644))

	must(t, os.MkdirAll(filepath.Join(root, "oci/blobs/sha256"), 0o755))
	config := v1.ConfigFile{OS: "linux", RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diffID}}}
	config.Config.Env = []string{"COLOUR=red"}
	config.Config.Cmd = []string{"prog", "exit", "0"}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1,
		Config: writeBlob(t, root, config), Layers: []v1.Descriptor{{Digest: diffID}}}
	entry := writeBlob(t, root, manifest)
	entry.Annotations = map[string]string{"io.containerd.image.name": "docker.io/" + testImage}
	text, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{entry}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "oci/index.json"), text, 0o644))
}

func writeBlob(t *testing.T, root string, document any) v1.Descriptor {
	t.Helper()
	text, err := json.Marshal(document)
	must(t, err)
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	must(t, os.WriteFile(filepath.Join(root, "oci/blobs/sha256", digest), text, 0o644))
	return v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: digest}, Size: int64(len(text))}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create creates a container that nobody runs.
func create(t *testing.T, e *Engine, name string) *Container {
	t.Helper()
	c, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: name})
	must(t, err)
	c.Release()
	return c
}

func TestANameGoesToOneOfMany(t *testing.T) {
	e := newEngine(t)
	const contenders = 20
	results := make(chan error, contenders)
	var all sync.WaitGroup
	for range contenders {
		all.Go(func() {
			_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: "wanted"})
			results <- err
		})
	}
	all.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, ErrNameInUse) {
			t.Errorf("got %v, want ErrNameInUse", err)
		}
	}
	list, err := e.List(t.Context())
	must(t, err)
	if won != 1 || len(list) != 1 {
		t.Errorf("got %d winners and %d containers, want 1 and 1", won, len(list))
	}
}

func TestRandomNamesDoNotCollide(t *testing.T) {
	e := newEngine(t)
	seen := map[string]bool{}
	for range 30 {
		seen[create(t, e, "").Name] = true
	}
	if len(seen) != 30 {
		t.Errorf("got %d names for 30 containers", len(seen))
	}
}

func TestANameLeftByACrashIsFree(t *testing.T) {
	e := newEngine(t)
	create(t, e, "before") // makes the folders
	must(t, os.Symlink(strings.Repeat("b", 64), e.nameOf("ghost")))
	if c := create(t, e, "ghost"); c.Name != "/ghost" {
		t.Errorf("got name %q", c.Name)
	}
}

func TestBadNames(t *testing.T) {
	e := newEngine(t)
	for _, name := range []string{"x", "-abc", "a/b", "a b", "ä", "..", ".hidden"} {
		_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: name})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "Invalid container name ("+name+")") {
			t.Errorf("name %q: got %v", name, err)
		}
	}
}

func TestFindByIDNameAndPrefix(t *testing.T) {
	e := newEngine(t)
	one, two := create(t, e, "one"), create(t, e, "two")
	for _, ref := range []string{one.ID, "one", "/one", one.ID[:12], shortestPrefix(one.ID, two.ID)} {
		c, err := e.Find(t.Context(), ref)
		if err != nil || c.ID != one.ID {
			t.Errorf("%q: got %v, want container one", ref, err)
		}
	}
	for _, ref := range []string{"", "three", "on", "../one", ".", strings.Repeat("f", 64)} {
		if _, err := e.Find(t.Context(), ref); !errors.Is(err, ErrNotExist) {
			t.Errorf("%q: got %v, want ErrNotExist", ref, err)
		}
	}
	// A name goes before the beginning of an id.
	three := create(t, e, one.ID[:4])
	if c, err := e.Find(t.Context(), one.ID[:4]); err != nil || c.ID != three.ID {
		t.Errorf("a name like the beginning of an id: got %v", err)
	}
}

func TestAnAmbiguousPrefixIsRefused(t *testing.T) {
	e := newEngine(t)
	must(t, os.MkdirAll(e.dir("abc1"), 0o700))
	must(t, os.MkdirAll(e.dir("abc2"), 0o700))
	if _, err := e.Find(t.Context(), "abc"); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("got %v, want ErrAmbiguous", err)
	}
}

// shortestPrefix returns the beginning of id that other does not have.
func shortestPrefix(id, other string) string {
	for n := range id {
		if id[:n+1] != other[:n+1] {
			return id[:n+1]
		}
	}
	return id
}

func TestADamagedContainerIsSeenAndCanBeRemoved(t *testing.T) {
	for _, damage := range []string{"", "{", `{"Id":"other"}`} {
		e := newEngine(t)
		c := create(t, e, "hurt")
		must(t, os.WriteFile(filepath.Join(e.dir(c.ID), containerFile), []byte(damage), 0o600))
		found, err := e.Find(t.Context(), "hurt")
		if err != nil || found.State.Status != Dead {
			t.Fatalf("%q: got %v, want a dead container", damage, err)
		}
		must(t, e.Remove(t.Context(), found, true))
		create(t, e, "hurt") // its name is free again
	}
}

func TestListTidiesUpWhatACrashLeft(t *testing.T) {
	e := newEngine(t)
	must(t, os.MkdirAll(filepath.Join(e.hiddenDir("half"), "upper"), 0o700))
	busy, err := e.newHidden(e.hiddenDir("busy"))
	must(t, err)
	defer busy.release()
	left, err := e.Create(t.Context(), CreateOptions{Image: testImage, AutoRemove: true})
	must(t, err)
	left.Release() // as its owner's death would

	list, err := e.List(t.Context())
	must(t, err)
	if len(list) != 0 {
		t.Errorf("got %d containers, want none", len(list))
	}
	for dir, want := range map[string]bool{e.hiddenDir("half"): false, e.hiddenDir("busy"): true, e.dir(left.ID): false} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
}

func TestWhatACreateThatFailsLeaves(t *testing.T) {
	e := newEngine(t)
	create(t, e, "taken")
	_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: "taken"})
	if !errors.Is(err, ErrNameInUse) {
		t.Fatalf("got %v, want ErrNameInUse", err)
	}
	entries, err := os.ReadDir(e.containers())
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("got %v, want the one container", entries)
	}
}

func TestAnUnknownImage(t *testing.T) {
	e := newEngine(t)
	_, err := e.Create(t.Context(), CreateOptions{Image: "foo"})
	if got, want := fmt.Sprint(err), "Unable to find image 'foo:latest' locally"; got != want || !errors.Is(err, image.ErrNotFound) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLowerDirectoriesKeepTheirColons(t *testing.T) {
	for _, dirs := range [][]string{{"/a"}, {"/a", "/b"}, {"/with:colon", `/with\backslash`, `/with\:both`}} {
		if got := splitLower(overlayData(dirs, "/c")[lowerDir]); fmt.Sprint(got) != fmt.Sprint(dirs) {
			t.Errorf("got %q, want %q", got, dirs)
		}
	}
}

// start runs a container of prog, or skips the test where that cannot be.
func start(t *testing.T, e *Engine, o CreateOptions, a Attachment) *RunningContainer {
	t.Helper()
	o.Image = testImage
	c, err := e.Create(t.Context(), o)
	must(t, err)
	running, err := e.Start(t.Context(), c, a)
	if errors.Is(err, unix.EPERM) {
		t.Skipf("this machine lets us make no containers: %v", err)
	}
	if errors.Is(err, runtime.ErrCommandNotFound) {
		t.Skip("this test program needs a dynamic linker, which its image has not: run it with CGO_ENABLED=0")
	}
	must(t, err)
	return running
}

func TestExitStatusIsRemembered(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Args: []string{"prog", "exit", "7"}}, Attachment{})
	exit, err := running.Wait()
	must(t, err)
	must(t, running.Finish(t.Context(), exit))
	c, err := e.Inspect(t.Context(), running.Container.ID)
	must(t, err)
	if c.State.Status != Exited || c.State.ExitCode != 7 || exit != 7 || c.State.StartedAt.IsZero() || c.State.FinishedAt.IsZero() {
		t.Errorf("got exit %d and %+v, want 7", exit, c.State)
	}
	must(t, e.Remove(t.Context(), c, false))
	if left, _ := os.ReadDir(e.containers()); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStreamsAndHostname(t *testing.T) {
	e := newEngine(t)
	read, write, err := os.Pipe()
	must(t, err)
	running := start(t, e, CreateOptions{Args: []string{"prog", "hostname"}, Hostname: "demo", AutoRemove: true}, Attachment{Stdout: write})
	write.Close()
	text, err := io.ReadAll(read)
	must(t, err)
	exit, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context(), exit)))
	if string(text) != "demo\n" {
		t.Errorf("got %q, want demo", text)
	}
	for _, dir := range []string{e.containers(), e.names(), e.rootfs()} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("--rm left in %s: %v", dir, left)
		}
	}
}

func TestCommandsThatCannotRun(t *testing.T) {
	e := newEngine(t)
	for command, want := range map[string]error{
		"nosuch": runtime.ErrCommandNotFound, "/bin/nosuch": runtime.ErrCommandNotFound,
		"/bin/data": runtime.ErrCommandNotExecutable, "/etc": runtime.ErrCommandNotExecutable,
	} {
		c, err := e.Create(t.Context(), CreateOptions{Image: testImage, Args: []string{command}})
		must(t, err)
		_, err = e.Start(t.Context(), c, Attachment{})
		if errors.Is(err, unix.EPERM) {
			t.Skipf("this machine lets us make no containers: %v", err)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", command, err, want)
		}
		if c, err = e.Inspect(t.Context(), c.ID); err != nil || c.State.Status != Created || c.State.ExitCode != StartExit(want) {
			t.Errorf("%s: got %v and %+v, want created", command, err, c.State)
		}
	}
}

func TestARunningContainerIsRemovedByForceOnly(t *testing.T) {
	e := newEngine(t)
	running := start(t, e, CreateOptions{Args: []string{"prog", "wait"}}, Attachment{})
	c, err := e.Inspect(t.Context(), running.Container.ID)
	must(t, err)
	if !c.State.Running || c.State.Pid == 0 {
		t.Fatalf("got %+v, want a running container", c.State)
	}
	if err := e.Remove(t.Context(), c, false); !errors.Is(err, ErrRunning) {
		t.Fatalf("got %v, want ErrRunning", err)
	}
	removed := make(chan error)
	go func() { removed <- e.Remove(context.Background(), c, true) }()
	exit, err := running.Wait()
	must(t, errors.Join(err, running.Finish(t.Context(), exit), <-removed))
	if _, err := e.Inspect(t.Context(), c.ID); !errors.Is(err, ErrNotExist) || exit != 137 {
		t.Errorf("got exit %d and %v, want 137 and ErrNotExist", exit, err)
	}
}

// runOne is what TestKilledOwner kills: a process that runs a container.
func runOne(root string) int {
	e, err := Open(Options{Root: root, RunDir: filepath.Join(root, "run")})
	if err != nil {
		return 1
	}
	c, err := e.Create(context.Background(), CreateOptions{Image: testImage, Name: "orphan", Args: []string{"prog", "wait"}})
	if err != nil {
		return 1
	}
	running, err := e.Start(context.Background(), c, Attachment{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	fmt.Println(running.Container.State.Pid)
	running.Wait()
	return 0
}

func TestAContainerWhoseOwnerWasKilledHasEnded(t *testing.T) {
	e := newEngine(t)
	owner := exec.Command("/proc/self/exe")
	owner.Env = append(os.Environ(), "ENGINE_TEST_RUN="+e.root)
	var stderr bytes.Buffer
	owner.Stderr = &stderr
	stdout, err := owner.StdoutPipe()
	must(t, err)
	must(t, owner.Start())
	var pid int
	if _, err := fmt.Fscanln(stdout, &pid); err != nil {
		owner.Wait()
		t.Skipf("this machine lets us make no containers: %s", stderr.String())
	}
	must(t, owner.Process.Kill())
	owner.Wait()

	var c *Container
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err = e.Find(t.Context(), "orphan")
		must(t, err)
		if !c.State.Running || time.Now().After(deadline) {
			break
		}
	}
	if c.State.Status != Exited || c.State.ExitCode != 137 {
		t.Fatalf("got %+v, want exited with 137", c.State)
	}
	// It may be a zombie still, if whoever inherited it takes their time.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") && strings.Contains(string(stat), "prog") {
		t.Errorf("the container's process still runs: %s", stat)
	}
	must(t, e.Remove(t.Context(), c, false))
}
