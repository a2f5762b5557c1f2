package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/sandbox"
)

// The engines of the nodes look for images where those of the machine are lent, in
// the same order: its own first.
func TestNodesFindTheImagesThatAreLent(t *testing.T) {
	var engines []string
	for _, name := range []string{"own", "lent to it"} {
		engine := filepath.Join(t.TempDir(), name)
		for _, each := range []string{"oci", "layers", "containers"} {
			if err := os.MkdirAll(filepath.Join(engine, each), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		engines = append(engines, engine)
	}
	k := &keeper{spec: Spec{Images: engines}}
	list, _ := strings.CutPrefix(k.environment()[0], "MINI_DOCKER_IMAGES=")
	looked := filepath.SplitList(list)
	if len(looked) != len(engines) {
		t.Fatalf("the nodes look in %q, want a folder for each of %q", looked, engines)
	}
	seen := map[string]string{}
	for _, each := range k.lent() {
		seen[filepath.Join(sandbox.LentDir, each.Name)] = each.Source
	}
	for i, engine := range engines {
		for _, name := range []string{"oci", "layers"} {
			if got, want := seen[filepath.Join(looked[i], name)], filepath.Join(engine, name); got != want {
				t.Errorf("%s of the nodes' folder %d is %q, want %q", name, i, got, want)
			}
		}
	}
	if len(seen) != 2*len(engines) {
		t.Errorf("lent are %v, want images alone", seen)
	}
}
