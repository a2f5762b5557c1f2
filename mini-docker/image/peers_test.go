package image

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// peer finds another program that reads OCI layouts.
func peer(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("skipped because %s is not installed here", program)
	}
	return path
}

func TestSkopeoReadsTheLayout(t *testing.T) {
	skopeo := peer(t, "skopeo")
	s, image := ensured(t, t.TempDir(), map[string]string{"bin/sh": "#!shell"})
	layout := "oci:" + filepath.Join(s.dir, "oci") + ":latest"
	output, err := exec.Command(skopeo, "inspect", layout).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var seen struct {
		Digest, Os, Architecture string
		Layers, Env              []string
	}
	if err := json.Unmarshal(output, &seen); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if seen.Digest != image.Digest.String() || seen.Os != "linux" || seen.Architecture != image.Config.Architecture ||
		!slices.Equal(seen.Env, image.Config.Config.Env) || !slices.Equal(seen.Layers, []string{image.Manifest.Layers[0].Digest.String()}) {
		t.Errorf("skopeo sees %+v, want digest %s", seen, image.Digest)
	}
	// A copy verifies each digest.
	if output, err := exec.Command(skopeo, "copy", "--insecure-policy", layout, "oci:"+t.TempDir()+":copy").CombinedOutput(); err != nil {
		t.Errorf("skopeo copy: %v\n%s", err, output)
	}
}

func TestUmociUnpacksTheSameFiles(t *testing.T) {
	umoci := peer(t, "umoci")
	s, image := ensured(t, t.TempDir(), map[string]string{"bin/sh": "#!shell", "etc/passwd": "root:x:0:0"})
	bundle := filepath.Join(t.TempDir(), "bundle")
	args := []string{"unpack", "--image", filepath.Join(s.dir, "oci") + ":latest", bundle}
	if os.Geteuid() != 0 {
		args = slices.Insert(args, 1, "--rootless")
	}
	if output, err := exec.Command(umoci, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	dirs, err := s.Layers(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("diff", "-r", dirs[0], filepath.Join(bundle, "rootfs")).CombinedOutput()
	if err != nil {
		t.Errorf("umoci unpacked other files: %v\n%s", err, output)
	}
}
