package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// peerTests is the package whose tests compare with other engines. It has a flag
// of its own, without which it compares nothing.
const peerTests = "testscripts/peers"

// peerSettings are the folders without which podman refuses to run anything.
var peerSettings = []string{"/etc/containers", "/usr/share/containers"}

// stagePeers puts programs that are installed here into the machine's root file
// system at the same path, with the libraries that the loader names (ldd(1)).
func stagePeers(ctx context.Context, root string, programs []string) error {
	for _, name := range programs {
		program, err := exec.LookPath(name)
		if err != nil {
			return fmt.Errorf("%s is to go into the machine and is not installed here: apt-get install %s", name, name)
		}
		libraries, err := output(ctx, root, "ldd", program)
		if err != nil {
			return fmt.Errorf("asking for the libraries of %s: %w", name, err)
		}
		files := []string{program}
		for field := range strings.FieldsSeq(libraries) {
			if strings.HasPrefix(field, "/") {
				files = append(files, strings.TrimSuffix(field, ":"))
			}
		}
		for _, file := range files {
			if to := filepath.Join(root, file); !exist(to) {
				if err := copyFile(to, file, 0o755); err != nil {
					return err
				}
			}
		}
	}
	for _, dir := range peerSettings {
		if len(programs) > 0 && exist(dir) {
			if err := copyTree(filepath.Join(root, dir), dir); err != nil {
				return err
			}
		}
	}
	return nil
}
