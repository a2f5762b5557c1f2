package uninstall

import (
	"os"
	"path/filepath"
)

// systemClusters is where root's clusters are, below /.
const systemClusters = "var/lib/mini-k8s"

// clusters are the folders of clusters that this user has: those that mini-k8s
// itself would choose, by the same rules (cluster.Folder).
func (u *Uninstall) clusters() []Place {
	var all []Place
	add := func(path string) {
		if _, err := os.Stat(path); path != "" && err == nil {
			all = append(all, Place{Path: path, What: "mini-k8s' clusters"})
		}
	}
	add(u.getenv("MINI_K8S_ROOT"))
	if os.Geteuid() == 0 {
		add(filepath.Join(u.top, systemClusters))
	}
	if data := u.data(); data != "" {
		add(filepath.Join(data, "mini-k8s"))
	}
	return all
}

// openClusters are those that run, or did when they were killed: of one that was
// ended by mini-k8s no folder is left.
func (u *Uninstall) openClusters() (names []string) {
	for _, each := range u.clusters() {
		folders, _ := filepath.Glob(filepath.Join(each.Path, "[a-z0-9]*")) // the pattern is right
		for _, folder := range folders {
			names = append(names, filepath.Base(folder))
		}
	}
	return names
}
