package main

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
)

// giant is an image of one layer of this size; pullLimit what its pull may take of the
// memory.
const (
	giantBytes = 1 << 30
	pullLimit  = 64 << 20
)

// pull prints how much memory a pull of a large layer takes: the most that was
// resident at any instant, as the kernel says at the end (getrusage(2), ru_maxrss). The
// registry is our own, and is weighed too.
func (g *ground) pull(ctx context.Context, _ int) error {
	fmt.Println("pull: an image with a layer of 1 GB, from a registry on this machine")
	registry, at, err := g.startRegistry(ctx)
	if err != nil {
		return err
	}
	defer registry.Wait()
	defer registry.Process.Signal(syscall.SIGINT)
	c, name := contender{env: g.env()}, at+"/giant:1"
	if err := g.makeGiant(ctx, name); err != nil {
		return err
	}
	for _, args := range [][]string{g.own("push", "--quiet", name), g.own("rmi", name)} {
		if _, err := c.command(ctx, args); err != nil {
			return err
		}
	}
	args := g.own("pull", "--quiet", name)
	pulling := exec.CommandContext(ctx, args[0], args[1:]...)
	pulling.Env = append(pulling.Environ(), g.env()...)
	start := time.Now()
	if output, err := pulling.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, output)
	}
	took := time.Since(start)
	most := pulling.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	serving, err := field(fmt.Sprintf("/proc/%d/status", registry.Process.Pid), "VmHWM:")
	if err != nil {
		return err
	}
	verdict := "within"
	if most > pullLimit {
		verdict = "over"
	}
	fmt.Printf("%.1f MB resident at most, %s the limit of %d MB; %.1f s; the registry %.1f MB\n\n",
		float64(most)/1e6, verdict, pullLimit>>20, took.Seconds(), float64(serving)*1024/1e6)
	_, err = c.command(ctx, g.own("rmi", name))
	return err
}

// startRegistry runs mini-docker registry, and returns where.
func (g *ground) startRegistry(ctx context.Context) (*exec.Cmd, string, error) {
	args := g.own("registry", "--listen", "127.0.0.1:0", "--dir", filepath.Join(g.dir, "registry"))
	registry := exec.CommandContext(ctx, args[0], args[1:]...)
	out, err := registry.StdoutPipe()
	if err == nil {
		err = registry.Start()
	}
	if err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	at, found := strings.CutPrefix(strings.TrimSpace(line), "Listening on ")
	if !found {
		registry.Process.Kill()
		registry.Wait()
		return nil, "", fmt.Errorf("the registry says %q: %w", line, err)
	}
	return registry, at, nil
}

// makeGiant imports an image whose one file does not compress, packed by gzip.
func (g *ground) makeGiant(ctx context.Context, name string) error {
	packed, w := io.Pipe()
	go func() { w.CloseWithError(writeGiant(w)) }()
	args := g.own("import", "-", name)
	taking := exec.CommandContext(ctx, args[0], args[1:]...)
	taking.Env, taking.Stdin = append(taking.Environ(), g.env()...), packed
	output, err := taking.CombinedOutput()
	packed.Close()
	if err != nil {
		return fmt.Errorf("making an image of 1 GB: %w: %s", err, output)
	}
	return nil
}

func writeGiant(w io.Writer) error {
	zip, err := gzip.NewWriterLevel(w, gzip.HuffmanOnly)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	if err := archive.WriteHeader(&tar.Header{Name: "content", Mode: 0o644, Size: giantBytes}); err != nil {
		return err
	}
	_, err = io.Copy(archive, io.LimitReader(rand.NewChaCha8([32]byte{}), giantBytes))
	return errors.Join(err, archive.Close(), zip.Close())
}
