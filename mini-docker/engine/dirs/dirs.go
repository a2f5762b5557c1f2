// Package dirs says where an engine keeps its files, for the engine itself and for
// whoever looks at what it has left:
//
//	images, err := see.ImagesIn(dirs.Locate("").Root)
//
// It opens nothing, and makes nothing. What lies in the folders is in the doc
// comment of package engine.
package dirs

import (
	"os"
	"path/filepath"
)

// Dirs are the folders of one engine.
type Dirs struct {
	Root   string // what must survive a reboot: images, containers
	RunDir string // what must not: the runtime's state

	// Images are folders of other engines whose images are there too, and only
	// read: a sandbox has its host's that way.
	Images []string
}

// Locate returns the folders to use: those below root, if it is given, or below
// $MINI_DOCKER_ROOT, else the system's for the administrator and the user's own
// for everybody else. See the XDG Base Directory Specification. $MINI_DOCKER_IMAGES
// lists, with colons between them, folders whose images are there too, and
// $MINI_DOCKER_RUN moves the second folder by itself.
func Locate(root string) Dirs {
	d := locate(root)
	if run := os.Getenv("MINI_DOCKER_RUN"); filepath.IsAbs(run) {
		d.RunDir = run
	}
	if images := os.Getenv("MINI_DOCKER_IMAGES"); images != "" {
		d.Images = filepath.SplitList(images)
	}
	return d
}

func locate(root string) Dirs {
	if root == "" {
		root = os.Getenv("MINI_DOCKER_ROOT")
	}
	if root != "" {
		return Dirs{Root: root, RunDir: filepath.Join(root, "run")}
	}
	if os.Geteuid() == 0 {
		return Dirs{Root: "/var/lib/mini-docker", RunDir: "/run/mini-docker"}
	}
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		data = filepath.Join(os.Getenv("HOME"), ".local/share")
	}
	data = filepath.Join(data, "mini-docker")
	if run := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
		return Dirs{Root: data, RunDir: filepath.Join(run, "mini-docker")}
	}
	return Dirs{Root: data, RunDir: filepath.Join(data, "run")}
}
