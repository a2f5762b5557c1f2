package volume

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-k8s/kubelet/podspec"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// settings is a ConfigMap that a test may change.
type settings map[string]string

func (s settings) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	if name != "settings" {
		return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), name)
	}
	return &corev1.ConfigMap{Data: s}, nil
}

func (settings) Secret(context.Context, string, string) (*corev1.Secret, error) {
	return &corev1.Secret{Data: map[string][]byte{"word": []byte("sesame")}}, nil
}

func parse(t *testing.T, text string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", Labels: map[string]string{"app": "web"}}}
	if err := yaml.UnmarshalStrict([]byte(text), &pod.Spec); err != nil {
		t.Fatal(err)
	}
	return pod
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFilesChangeAtOneInstant(t *testing.T) {
	s := settings{"colour": "red", "size": "big"}
	pod := parse(t, "volumes: [{name: v, configMap: {name: settings, defaultMode: 0640}}]")
	setUp := func() string {
		t.Helper()
		paths, err := SetUp(t.Context(), t.TempDir(), pod, podspec.Surroundings{Sources: s})
		if err != nil {
			t.Fatal(err)
		}
		return paths["v"]
	}
	folder := setUp()
	again := func() {
		t.Helper()
		if _, err := SetUp(t.Context(), filepath.Dir(folder), pod, podspec.Surroundings{Sources: s}); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, folder, "colour"); got != "red" {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(filepath.Join(folder, "size")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v and %v, want mode 640", info, err)
	}
	first, _ := os.Readlink(filepath.Join(folder, dataLink))
	again()
	if same, _ := os.Readlink(filepath.Join(folder, dataLink)); same != first {
		t.Errorf("got %s, want nothing to change where nothing has", same)
	}
	delete(s, "size")
	s["colour"] = "blue"
	again()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, folder, "colour"); got != "blue" || len(entries) != 3 {
		t.Errorf("got %q and %v, want blue, ..data and what it leads to", got, entries)
	}
}

func TestProjectedFiles(t *testing.T) {
	pod := parse(t, `
containers: [{name: c, resources: {limits: {memory: 64Mi}}}]
volumes:
- name: v
  projected:
    sources:
    - configMap: {name: settings, items: [{key: colour, path: deep/er/colour, mode: 0600}]}
    - secret: {name: keys}
    - configMap: {name: nosuch, optional: true}
    - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: memory, resourceFieldRef: {containerName: c, resource: limits.memory}}]}
`)
	paths, err := SetUp(t.Context(), t.TempDir(), pod, podspec.Surroundings{Sources: settings{"colour": "red"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"deep/er/colour": "red", "word": "sesame", "labels": `app="web"`, "memory": "67108864"} {
		if got := read(t, paths["v"], name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestWhatCannotBeSetUpIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for volume, want := range map[string]string{
		"configMap: {name: nosuch}":                                          `MountVolume.SetUp failed for volume "v" : configmap "nosuch" not found`,
		"configMap: {name: settings, items: [{key: nosuch, path: a}]}":       "references non-existent config key: nosuch",
		"configMap: {name: settings, items: [{key: colour, path: ../../a}]}": "path escapes",
		"hostPath: {path: " + file + ", type: Directory}":                    "is not a directory",
		"hostPath: {path: /no/such, type: File}":                             "hostPath type check failed",
		"nfs: {server: x, path: /}":                                          "its kind is not supported",
	} {
		_, err := SetUp(t.Context(), t.TempDir(), parse(t, "volumes: [{name: v, "+volume+"}]"), podspec.Surroundings{Sources: settings{"colour": "red"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", volume, err, want)
		}
	}
}

func TestSubPathsStayInTheVolume(t *testing.T) {
	volume := t.TempDir()
	for name, to := range map[string]string{"out": "/etc", "up": "../..", "within": "there"} {
		if err := os.Symlink(to, filepath.Join(volume, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(volume, "there"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{"there": true, "within": true, "new/one": true, "out": false, "out/passwd": false, "up": false, "../x": false} {
		mounts, err := Mounts(corev1.Container{Name: "c", VolumeMounts: []corev1.VolumeMount{{Name: "v", MountPath: "/v", SubPath: name}}}, map[string]string{"v": volume})
		if (err == nil) != ok || ok && !strings.HasPrefix(mounts[0].Source, volume) {
			t.Errorf("%s: got %v and %v, want ok %v", name, mounts, err, ok)
		}
	}
}
