package image_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/image"
)

// What `run` does before it makes a container.
func ExampleStore() {
	dir, err := os.MkdirTemp("", "image-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := image.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.EnsureBase(context.Background()); err != nil && !errors.Is(err, image.ErrNoBase) {
		fmt.Println(err)
		return
	}
	_, err = store.Get("mini/bax")
	fmt.Println(err)
	fmt.Println(errors.Is(err, image.ErrNotFound))
	// Output:
	// No such image: mini/bax:latest
	// true
}
