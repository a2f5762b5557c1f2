package runtime_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// showPreserved tells which descriptors a command has, and what is in the first.
func showPreserved() {
	for fd := 3; fd < 100; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		target, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err == nil && !strings.Contains(target, "anon_inode") && !strings.HasPrefix(target, "/sys/") {
			fmt.Print(fd, " nonblocking ", flags&unix.O_NONBLOCK != 0, "; ")
		}
	}
	text := make([]byte, 100)
	n, err := unix.Pread(3, text, 0)
	fmt.Println(string(text[:max(n, 0)]), err)
}

// two are a file and a pipe that does not block, as systemd hands sockets over.
func two(t *testing.T) []*os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(name, []byte("for the command"), 0o644))
	file, err := os.Open(name)
	must(t, err)
	t.Cleanup(func() { file.Close() })
	var ends [2]int
	must(t, unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC))
	pipe := os.NewFile(uintptr(ends[0]), "pipe")
	t.Cleanup(func() { pipe.Close(); unix.Close(ends[1]) })
	return []*os.File{file, pipe}
}

func TestDescriptorsArePreservedForTheCommandAlone(t *testing.T) {
	const want = "3 nonblocking false; 4 nonblocking true; for the command <nil>\n"
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		files := two(t)
		got := run(t, newBundle(t, []string{"preserved"}, change), func(o *runtime.CreateOptions) { o.Preserved = files })
		if got.output != want || got.err != nil {
			t.Errorf("the container's command: got %+v, want %q", got, want)
		}
		bundle := newBundle(t, []string{"hang"}, change)
		r := runtime.New(filepath.Join(bundle, "state"))
		first, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle, Preserved: files})
		must(t, err)
		must(t, r.Start(t.Context(), "one"))
		for _, given := range [][]*os.File{files, nil} {
			process, err := r.CommandOf("one")
			must(t, err)
			process.Args = []string{"/command", "preserved"}
			read, write, err := os.Pipe()
			must(t, err)
			further, err := r.Exec(t.Context(), runtime.ExecOptions{ID: "one", Process: process, Stdout: write, Preserved: given})
			write.Close()
			must(t, err)
			text, err := io.ReadAll(read)
			must(t, err)
			further.Wait()
			if expected := want; (given != nil) != (string(text) == expected) {
				t.Errorf("a further command, given %d: got %q", len(given), text)
			}
		}
		must(t, r.Delete("one", true))
		first.Wait()
	})
}
