package world

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"drydock/labs/golang"
	"drydock/labs/partial"
)

// lentGolang is where the store with the image golang is inside, below
// sandbox.LentDir.
const lentGolang = "golang"

// HasGolang says whether the image golang is made already.
func (m Machine) HasGolang(ctx context.Context) bool {
	dir, err := m.golangDir(ctx)
	if err != nil {
		return false
	}
	_, err = os.Stat(dir)
	return err == nil
}

// golang returns the engine's folder that holds the image golang, and makes it if
// it is not there. The error is golang.ErrNoGo where there is no Go.
func (m Machine) golang(ctx context.Context) (string, error) {
	dir, err := m.golangDir(ctx)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, partial.Make(dir, func(part string) error { return golang.Make(ctx, m.MiniDocker, part) })
}

// golangDir is named for what the image is made of.
func (m Machine) golangDir(ctx context.Context) (string, error) {
	version, err := golang.Version(ctx)
	if err != nil {
		return "", err
	}
	return filepath.Join(m.cache, fmt.Sprintf("golang-%s-%s", version, BaseDigest())), nil
}
