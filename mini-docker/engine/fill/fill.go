// Package fill puts files into volumes: those that an image has where a volume is
// mounted, and those of another folder. What an ordinary user may not do it does as
// root of a user namespace, in a process that this program becomes:
//
//	err := fill.FromImage(ctx, layers, "/var/lib/data", dir)
//	if len(os.Args) > 3 && os.Args[1] == fill.Arg { // in main
//		os.Exit(fill.Main(os.Args[2], os.Args[3], os.Args[4:]))
//	}
package fill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/volume"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Arg is argv[1] of this program where it fills a volume as root of a user
// namespace: what an image has belongs to ids that an ordinary user may give files
// to nowhere else.
const Arg = "mini-docker-fill"

// FromImage puts into a folder what an image, its layers from the top, has in
// another, with owners and modes. An image that has none there gives nothing.
func FromImage(ctx context.Context, layers []string, source, dir string) error {
	tree := stack.New(layers...)
	at, err := tree.Resolve(source)
	if err != nil {
		return err
	}
	info, err := tree.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	host := bundle.UserNamespace()
	if !runtime.NeedsMapping(host) {
		return pour(ctx, tree, at, dir)
	}
	return run(host, append([]string{dir, at}, layers...)...)
}

// Merge merges folders as volume.Merge does, whoever owns what is in them.
func Merge(from, dir string) error {
	host := bundle.UserNamespace()
	if !runtime.NeedsMapping(host) {
		return volume.Merge(from, dir)
	}
	return run(host, dir, from)
}

// run runs Main as root of a user namespace.
func run(host *specs.Linux, args ...string) error {
	exit, err := runtime.RunMapped(host, runtime.Mapped{Args: append([]string{Arg}, args...)})
	if err == nil && exit != 0 {
		err = fmt.Errorf("exit status %d", exit)
	}
	return err
}

// pour packs one folder and unpacks it into another at the same time.
func pour(ctx context.Context, tree *stack.Tree, at, dir string) error {
	from, to := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := tree.Pack(ctx, at, to)
		to.CloseWithError(err)
		packed <- err
	}()
	_, err := layer.Fill(ctx, dir, from, layer.ApplyOptions{UserXattr: layer.UserXattr()})
	from.CloseWithError(err)
	if failed := <-packed; failed != nil && !errors.Is(failed, io.ErrClosedPipe) {
		err = failed
	}
	return err
}

// Main is this program where its first argument is Arg: it pours from into dir or,
// without layers, merges the two, and returns its exit status.
func Main(dir, from string, layers []string) int {
	var err error
	if len(layers) == 0 {
		err = volume.Merge(from, dir)
	} else {
		err = pour(context.Background(), stack.New(layers...), from, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mini-docker:", err)
		return 1
	}
	return 0
}
