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
	host := bundle.ThisHost().UserNamespace()
	if !runtime.NeedsMapping(host) {
		return pour(ctx, tree, at, dir)
	}
	exit, err := runtime.RunMapped(host, append([]string{fillArg, dir, at}, layers...), nil)
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

func fillMain(dir, at string, layers []string) int {
	if err := pour(context.Background(), stack.New(layers...), at, dir); err != nil {
		fmt.Fprintln(os.Stderr, "mini-docker:", err)
		return 1
	}
	return 0
}
