package engine

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

// fillArg is argv[1] of this program where it fills a volume as root of a user
// namespace: what an image has belongs to ids that an ordinary user may give files
// to nowhere else.
const fillArg = "mini-docker-fill"

// copyFromImage puts into a folder what an image, its layers from the top, has in
// another, with owners and modes. An image that has none there gives nothing.
func copyFromImage(ctx context.Context, layers []string, source, dir string) error {
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
	host := bundle.ThisHost().UserNamespace()
	if !runtime.NeedsMapping(host) {
		return pour(ctx, tree, at, dir)
	}
	return runFill(host, append([]string{dir, at}, layers...)...)
}

// mergeVolume merges folders as volume.Merge does, whoever owns what is in them.
func mergeVolume(from, dir string) error {
	host := bundle.ThisHost().UserNamespace()
	if !runtime.NeedsMapping(host) {
		return volume.Merge(from, dir)
	}
	return runFill(host, dir, from)
}

// runFill runs fillMain as root of a user namespace.
func runFill(host *specs.Linux, args ...string) error {
	exit, err := runtime.RunMapped(host, append([]string{fillArg}, args...), nil)
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

func fillMain(dir, from string, layers []string) int {
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
