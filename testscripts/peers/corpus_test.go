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
			same(t, saved(t, here), saved(t, other.call))
		})
	}
}

// saved is the archive of the image that was built.
func saved(t *testing.T, call func(args ...string) *exec.Cmd) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	run(t, call("save", "--output", file, "corpus"))
	return file
}

// same compares what two archives of images hold.
func same(t *testing.T, ours, theirs string) {
	t.Helper()
	if got, want := config(t, ours), config(t, theirs); !reflect.DeepEqual(got, want) {
		t.Errorf("configuration: got\n%v\nwant\n%v", got, want)
	}
	differ(t, listed(t, ours), listed(t, theirs))
}

// differ says what one list has and the other not.
func differ(t *testing.T, got, want []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("only here: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("only with the other: %s", line)
		}
	}
}

// config is how the image is run, and by whom it is, without what says the same as
// nothing.
func config(t *testing.T, archive string) map[string]any {
	t.Helper()
	var manifest []struct{ Config string }
	var whole struct {
		Author, OS, Architecture string
		Config                   map[string]any
	}
	member(t, archive, "manifest.json", &manifest)
	member(t, archive, manifest[0].Config, &whole)
	config := whole.Config
	config["author"], config["platform"] = whole.Author, whole.OS+"/"+whole.Architecture
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

// member reads a file of an archive.
func member(t *testing.T, archive, name string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(run(t, exec.Command("tar", "-xO", "-f", archive, name))), into); err != nil {
		t.Fatal(err)
	}
}

// listed are the files of an image, which is unpacked here.
func listed(t *testing.T, archive string) []string {
	t.Helper()
	flat := miniDocker(t)
	run(t, flat("load", "--input", archive))
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
