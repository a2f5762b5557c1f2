package golang

import (
	"archive/tar"
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// noClose is a buffer that a build would read.
type noClose struct{ bytes.Buffer }

func (*noClose) Close() error { return nil }

func TestTheContextHoldsACompilerAndWhatItHasCompiled(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command here")
	}
	files, err := toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s compiles nothing", name)
		}
	}
	var sent noClose
	few := map[string]string{}
	for name, from := range files {
		if filepath.Base(name) == "VERSION" || strings.HasSuffix(name, "/net/http.a") {
			few[name] = from
		}
	}
	if err := send(&sent, few); err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(&sent.Buffer)
	var names []string
	for {
		header, err := in.Next()
		if err != nil {
			break
		}
		names = append(names, header.Name)
	}
	if len(names) != 3 || names[0] != "Dockerfile" || names[1] != "go/VERSION" || !strings.HasPrefix(names[2], "go/pkg/linux_") {
		t.Errorf("got %q", names)
	}
}

func TestWithoutGoThatIsSaid(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Version(t.Context()); !errors.Is(err, ErrNoGo) {
		t.Errorf("got %v", err)
	}
}
