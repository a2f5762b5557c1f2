package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/runtime"
	"drydock/testscripts/static"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// TestMain makes this program what the containers of the tests run: prog, the
// only command of their image, is the test program itself.
func TestMain(m *testing.M) {
	static.Become()
	runtime.MaybeInit()
	MaybeFinish()
	networks.MaybeAnswer() // else a network's name server would run all tests again
	if root := os.Getenv("ENGINE_TEST_RUN"); root != "" {
		os.Exit(runOne(root, os.Args[1:]))
	}
	if len(os.Args) > 1 && os.Args[0] == "prog" {
		os.Exit(prog(os.Args[1:]))
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
	case "show":
		for _, name := range args[1:] {
			text, _ := os.ReadFile(name)
			fmt.Print(string(text))
			if err := os.WriteFile(name, text, 0o644); errors.Is(err, syscall.EROFS) {
				fmt.Println(name, "is read-only")
			}
		}
	case "greet":
		fmt.Println("hello")
		time.Sleep(time.Hour)
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
	e, err := Open(dirs.Dirs{Root: root, RunDir: filepath.Join(root, "run")})
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
func create(t *testing.T, e *Engine, name string) *container.Container {
	t.Helper()
	c, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: name})
	must(t, err)
	c.Release()
	return c
}
