package layer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"drydock/mini-docker/layer"
)

// A layer that removes a file: the name .wh.motd goes in, a whiteout comes out.
func ExampleApply() {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o755})
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "etc/.wh.motd"})
	w.Close()

	parent, err := os.MkdirTemp("", "layer-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "layer")
	result, err := layer.Apply(context.Background(), dir, &packed, layer.ApplyOptions{UserXattr: layer.UserXattr()})
	if err != nil {
		fmt.Println(err)
		return
	}
	whiteout, _ := os.Lstat(filepath.Join(dir, "etc/motd"))
	fmt.Println(result.Entries, "entries;", whiteout.Mode().Type())
	// Output: 2 entries; Dc---------
}

func ExampleOverlayOptions() {
	for _, option := range layer.OverlayOptions([]string{"/layers/top", "/layers/bottom"}, "/c1/upper", "/c1/work", true) {
		fmt.Println(option)
	}
	// Output:
	// lowerdir=/layers/top:/layers/bottom
	// upperdir=/c1/upper
	// workdir=/c1/work
	// userxattr
}
