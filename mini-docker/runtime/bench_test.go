package runtime_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"drydock/mini-docker/runtime"
)

// BenchmarkRun takes containers through their whole life, without an image and
// without the start of a command line program.
func BenchmarkRun(b *testing.B) {
	bundle := newBundle(b, []string{"exit", "0"})
	r := runtime.New(filepath.Join(bundle, "state"))
	for i := 0; b.Loop(); i++ {
		id := strconv.Itoa(i)
		process, err := r.Create(b.Context(), runtime.CreateOptions{ID: id, Bundle: bundle})
		must(b, err)
		must(b, r.Start(b.Context(), id))
		if exit, err := process.Wait(); exit != 0 || err != nil {
			b.Fatal(exit, err)
		}
		must(b, r.Delete(id, false))
	}
}
