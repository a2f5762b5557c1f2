package peers

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What others have built and saved is loaded here under the ID that it has there,
// and runs.
func TestImagesSavedByOthersRunHere(t *testing.T) {
	for name, start := range engines {
		t.Run(name, func(t *testing.T) {
			other, here := start(t), miniDocker(t)
			file := filepath.Join(t.TempDir(), "image.tar")
			build := append([]string{"build", "--tag", "localhost/peers:1"}, other.buildFlags...)
			run(t, other.call(append(build, context(t, "scratch"))...))
			run(t, other.call("save", "--output", file, "localhost/peers:1"))
			run(t, here("load", "--input", file))
			if got, want := idOf(t, here, "localhost/peers:1"), idOf(t, other.call, "localhost/peers:1"); got != want {
				t.Errorf("its ID is %s here, and %s there", got, want)
			}
			if got := run(t, here("run", "--rm", "localhost/peers:1")); got != answer {
				t.Errorf("it prints %q, want %q", got, answer)
			}
		})
	}
}

// What is built here is the same image elsewhere, and runs there.
func TestAnImageBuiltHereRunsElsewhere(t *testing.T) {
	for name, start := range engines {
		t.Run(name, func(t *testing.T) {
			other, here := start(t), miniDocker(t)
			file := filepath.Join(t.TempDir(), "image.tar")
			run(t, here("build", "--tag", "localhost/peers:1", context(t, "mini/box")))
			run(t, here("save", "--output", file, "localhost/peers:1"))
			run(t, other.call("load", "--input", file))
			if got, want := idOf(t, other.call, "localhost/peers:1"), idOf(t, here, "localhost/peers:1"); got != want {
				t.Errorf("its ID is %s there, and %s here", got, want)
			}
			container := append([]string{"run", "--rm"}, other.runFlags...)
			if got := run(t, other.call(append(container, "localhost/peers:1")...)); got != answer {
				t.Errorf("it prints %q there, want %q", got, answer)
			}
		})
	}
}

// skopeo writes images in every form there is.
func TestImagesSavedBySkopeoRunHere(t *testing.T) {
	need(t, "skopeo")
	from := miniDocker(t)
	dir := t.TempDir()
	saved := filepath.Join(dir, "saved.tar")
	run(t, from("build", "--tag", "localhost/peers:1", context(t, "mini/box")))
	run(t, from("save", "--output", saved, "localhost/peers:1"))
	for name, form := range map[string]struct{ to, flags string }{
		"docker archive":        {"docker-archive:" + filepath.Join(dir, "docker.tar") + ":localhost/peers:1", ""},
		"OCI archive":           {"oci-archive:" + filepath.Join(dir, "oci.tar") + ":localhost/peers:1", ""},
		"OCI folder":            {"oci:" + filepath.Join(dir, "oci") + ":localhost/peers:1", ""},
		"OCI folder, with zstd": {"oci:" + filepath.Join(dir, "zstd") + ":localhost/peers:1", "--dest-compress-format=zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			copying := append([]string{"copy", "--insecure-policy"}, strings.Fields(form.flags)...)
			run(t, exec.Command("skopeo", append(copying, "docker-archive:"+saved, form.to)...))
			here := miniDocker(t)
			input := strings.TrimSuffix(strings.SplitN(form.to, ":", 2)[1], ":localhost/peers:1")
			run(t, here("load", "--input", input))
			if got := run(t, here("run", "--rm", "localhost/peers:1")); got != answer {
				t.Errorf("it prints %q, want %q", got, answer)
			}
		})
	}
}
