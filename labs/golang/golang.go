// Package golang makes an image of the Go toolchain of this machine, for lessons in
// which a Dockerfile begins with `FROM golang`: without a network, and as small as
// what compiles for this machine.
//
//	err := golang.Make(ctx, "/usr/bin/mini-docker", root) // the image golang, in an engine's folder
//
// The packages of the standard library that a small server needs are compiled
// already. Go looks for them in pkg/ where GODEBUG has installgoroot=all, as it did
// everywhere before Go 1.20 (go.dev/doc/godebug): nothing else could be handed on,
// since a build cache names what it holds by keys that are its own business.
package golang

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrNoGo says that there is nothing to make the image of.
var ErrNoGo = errors.New("there is no go command in PATH: https://go.dev/doc/install")

// recipe is the image's Dockerfile. GOTOOLCHAIN has Go look for no other version of
// itself, which would lie in the network.
const recipe = `FROM mini/box
COPY go /usr/local/go
ENV PATH=/usr/local/go/bin:/bin CGO_ENABLED=0 GOFLAGS=-trimpath GOTOOLCHAIN=local GODEBUG=installgoroot=all
WORKDIR /src
`

// compiled are the packages that are in the image compiled, with all that they need.
var compiled = []string{"net/http", "encoding/json", "html/template", "os/signal", "math/rand/v2"}

// Version is what `go env GOVERSION` says, such as go1.26.8. The error is ErrNoGo
// where there is no Go.
func Version(ctx context.Context) (string, error) {
	return ask(ctx, "env", "GOVERSION")
}

// Make builds the image golang with an engine's program, into the engine's folder
// root. It takes some seconds, and more where this user has compiled nothing yet.
func Make(ctx context.Context, engine, root string) error {
	files, err := toolchain(ctx)
	if err != nil {
		return fmt.Errorf("making the image golang: %w", err)
	}
	build := exec.CommandContext(ctx, engine, "build", "-q", "-t", "golang", "-")
	build.Env = append(os.Environ(), "MINI_DOCKER_ROOT="+root, "MINI_DOCKER_RUN=", "MINI_DOCKER_IMAGES=")
	var said bytes.Buffer
	build.Stdout, build.Stderr = &said, &said
	input, err := build.StdinPipe()
	if err != nil {
		return fmt.Errorf("making the image golang: %w", err)
	}
	if err := build.Start(); err != nil {
		return fmt.Errorf("making the image golang: %w", err)
	}
	sent := send(input, files)
	if err := build.Wait(); err != nil {
		return fmt.Errorf("making the image golang: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return sent
}

// send writes a build's context: the Dockerfile, and files by their place in it.
func send(to io.WriteCloser, files map[string]string) (err error) {
	defer func() { err = errors.Join(err, to.Close()) }()
	out := tar.NewWriter(to)
	if err := out.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(recipe))}); err != nil {
		return err
	}
	if _, err := io.WriteString(out, recipe); err != nil {
		return err
	}
	for _, name := range sorted(files) {
		if err := sendFile(out, name, files[name]); err != nil {
			return fmt.Errorf("sending %s: %w", files[name], err)
		}
	}
	return out.Close()
}

func sendFile(out *tar.Writer, name, from string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	// Times are those of a release: the image is the same whenever it is made.
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(out, file)
	return err
}

func sorted(files map[string]string) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// toolchain finds the files of the image: where they belong in the context, and
// where they are.
func toolchain(ctx context.Context) (map[string]string, error) {
	root, err := ask(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	files := map[string]string{}
	add := func(names ...string) {
		for _, name := range names {
			files[path.Join("go", name)] = filepath.Join(root, name)
		}
	}
	add("bin/go", "go.env", "VERSION", "src/go.mod", "src/vendor/modules.txt")
	for _, tool := range []string{"asm", "compile", "link"} {
		add(path.Join("pkg/tool", platform, tool))
	}
	headers, err := filepath.Glob(filepath.Join(root, "pkg/include/*.h"))
	if err != nil {
		return nil, err
	}
	for _, header := range headers {
		add(path.Join("pkg/include", filepath.Base(header)))
	}
	sources, err := ask(ctx, "list", "-f", `{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}{{range .SFiles}}{{$dir}}/{{.}}
{{end}}{{range .HFiles}}{{$dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}`, "std")
	if err != nil {
		return nil, err
	}
	for _, source := range strings.Fields(sources) {
		name, err := filepath.Rel(root, source)
		if err != nil {
			return nil, err
		}
		add(filepath.ToSlash(name))
	}
	return files, addCompiled(ctx, files, platform)
}

// addCompiled adds the compiled packages. Go has compiled them for this user already,
// who has built us with the same flags, or does so now.
func addCompiled(ctx context.Context, files map[string]string, platform string) error {
	list, err := ask(ctx, append([]string{"list", "-deps", "-export", "-f", `{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}`}, compiled...)...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(list) {
		name, archive, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok {
			files[path.Join("go/pkg", platform, name+".a")] = archive
		}
	}
	return nil
}

// ask runs the go command, away from any module, with the flags that the image's
// environment has.
func ask(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = "/"
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOWORK=off", "GOTOOLCHAIN=local")
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", ErrNoGo
	}
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
