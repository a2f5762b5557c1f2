package filesystem

import (
	"errors"
	"os"

	"drydock/mini-docker/engine/carry"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// Files are a container's files as its processes see them, or would.
type Files struct {
	*rootfs.Root
	container *container.Container
	close     func()
}

// OnClose has something done when the files are let go of, after what is due then
// already.
func (f *Files) OnClose(do func()) {
	before := f.close
	f.close = func() { before(); do() }
}

// Close lets go of the files.
func (f *Files) Close() error {
	err := f.Root.Close()
	f.close()
	return err
}

// Find looks a path up in the container; with follow a link that it ends in, too.
func (f *Files) Find(name string, follow bool) (*carry.Place, error) {
	place, err := carry.Find(f, name, follow)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, f.Missing(name)
	}
	return place, err
}

// Missing says that a container does not have a file.
func (f *Files) Missing(name string) error {
	return refusal.Invalidf("Could not find the file %s in container %s", name, f.container.PlainName())
}

var _ carry.Tree = (*Files)(nil)
