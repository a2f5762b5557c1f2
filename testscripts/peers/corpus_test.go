package peers

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"drydock/mini-docker/builder/corpus"
)

// What Docker's builder and this one make of a Dockerfile differs in nothing but
// times: the files, whose they are, and how a container of the image is run.
func TestTheCorpusIsBuiltAsDockerBuildsIt(t *testing.T) {
	other, here := docker(t), miniDocker(t)
	base := filepath.Join(t.TempDir(), "base.tar")
	run(t, here("save", "--output", base, "mini/box"))
	run(t, other.call("load", "--input", base))
	shapes, err := corpus.Shapes()
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range shapes {
		if !shape.Docker {
			continue
		}
		t.Run(shape.Name, func(t *testing.T) {
			dir := t.TempDir()
			if err := shape.Write(dir); err != nil {
				t.Fatal(err)
			}
			run(t, here("build", "--network", "none", "-t", "corpus", dir))
			run(t, other.call(append([]string{"build", "-t", "corpus", dir}, other.buildFlags...)...))
			ours, theirs := config(t, here), config(t, other.call)
			if !reflect.DeepEqual(ours, theirs) {
				t.Errorf("configuration: got\n%v\nwant\n%v", ours, theirs)
			}
			got, want := listed(t, here), listed(t, other.call)
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("only here: %s", line)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("only with docker: %s", line)
				}
			}
		})
	}
}

// config is how the image is run, without what says the same as nothing.
func config(t *testing.T, call func(args ...string) *exec.Cmd) map[string]any {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal([]byte(run(t, call("image", "inspect", "--format", "{{json .Config}}", "corpus"))), &config); err != nil {
		t.Fatal(err)
	}
	for _, each := range []string{"Image", "Hostname", "Domainname", "ArgsEscaped", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce"} {
		delete(config, each)
	}
	for key, value := range config {
		isEmpty := value == nil || value == "" || key == "WorkingDir" && value == "/"
		switch value := value.(type) {
		case []any:
			isEmpty = len(value) == 0
		case map[string]any:
			isEmpty = len(value) == 0
		}
		if isEmpty {
			delete(config, key)
		}
	}
	return config
}

// listed are the files of the image: what it is saved as is unpacked here.
func listed(t *testing.T, call func(args ...string) *exec.Cmd) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	run(t, call("save", "--output", file, "corpus"))
	flat := miniDocker(t)
	run(t, flat("load", "--input", file))
	output := filepath.Join(t.TempDir(), "out.tar")
	context := t.TempDir()
	write(t, filepath.Join(context, "Dockerfile"), "FROM corpus\n")
	run(t, flat("build", "--output", "type=tar,dest="+output, context))
	lines, err := corpus.ListFile(output)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
