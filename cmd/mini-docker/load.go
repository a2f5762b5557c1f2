package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"drydock/mini-docker/image/archive"

	"github.com/spf13/cobra"
)

func (c *cli) loadCommand() *cobra.Command {
	var input string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "load [OPTIONS]",
		Short: "Load images from a tar archive or STDIN",
		Long: "Load images from a tar archive or STDIN: a docker archive or an OCI layout,\n" +
			"plain or compressed with gzip, zstd, bzip2 or xz",
		Args: atMost(0),
		RunE: c.mapped(func(cmd *cobra.Command, _ []string) error { return c.load(cmd, input, quiet) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&input, "input", "i", "", "Read from a file, or from a folder that is an OCI layout, instead of STDIN")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Suppress the load output")
	addUnsupported(cmd.Flags(), "", "platform")
	return cmd
}

// load adds the images of an archive and names them.
func (c *cli) load(cmd *cobra.Command, input string, quiet bool) error {
	source, done, err := c.source(input)
	if err != nil {
		return err
	}
	defer done()
	store, err := c.images(cmd.Context())
	if err != nil {
		return err
	}
	progress := newProgress(c.stdout, quiet)
	source.Notify = func(name string, size int64) { progress.line(shortDigest(name), "loaded", size) }
	var loaded []archive.Loaded
	err = c.interruptible(cmd.Context(), func(ctx context.Context) (err error) {
		source.Archive = untilDone(ctx, source.Archive)
		loaded, err = archive.Load(ctx, store, source)
		return err
	})
	progress.end()
	if err != nil {
		return err
	}
	for _, each := range loaded {
		c.warnLost(each)
		for _, name := range each.Names {
			fmt.Fprintln(c.stdout, "Loaded image:", name)
		}
		if len(each.Names) == 0 {
			fmt.Fprintln(c.stdout, "Loaded image ID:", each.ID)
		}
	}
	return nil
}

// source opens what --input names: a file, a folder, or nothing for the standard
// input.
func (c *cli) source(input string) (archive.Source, func(), error) {
	if input == "" {
		if isTerminal(c.stdin) {
			return archive.Source{}, nil, errors.New("requested load from stdin, but stdin is empty")
		}
		return archive.Source{Archive: c.stdin}, func() {}, nil
	}
	info, err := os.Stat(input)
	if err != nil {
		return archive.Source{}, nil, err
	}
	if info.IsDir() {
		return archive.Source{Directory: input}, func() {}, nil
	}
	file, err := os.Open(input)
	if err != nil {
		return archive.Source{}, nil, err
	}
	return archive.Source{Archive: file}, func() { file.Close() }, nil
}

// warnLost tells an ordinary user what of an image could not be kept, and what it
// means: whoever is not root may give files to nobody.
func (c *cli) warnLost(loaded archive.Loaded) {
	lost := loaded.Lost
	name := loaded.ShortID()
	if len(loaded.Names) > 0 {
		name = loaded.Names[0]
	}
	if lost.OwnersLost > 0 {
		fmt.Fprintf(c.stderr, "WARNING: %s: %d files belong to other users than root, for whom you have no ids, and are root's here: "+
			"programs that run as another user will not find their files theirs. "+
			"It is whole with a range of ids for you in /etc/subuid and /etc/subgid and the package uidmap, or loaded by root.\n", name, lost.OwnersLost)
	}
	if lost.DevicesSkipped > 0 {
		fmt.Fprintf(c.stderr, "WARNING: %s: %d device files were left out: only root may make them, and a container gets its own.\n", name, lost.DevicesSkipped)
	}
}

func (c *cli) saveCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "save [OPTIONS] IMAGE [IMAGE...]",
		Short: "Save one or more images to a tar archive (streamed to STDOUT by default)",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.save(cmd, args, output) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "Write to a file, instead of STDOUT")
	addUnsupported(cmd.Flags(), "", "platform")
	return cmd
}

// save writes images to an archive. A file appears once it is whole.
func (c *cli) save(cmd *cobra.Command, names []string, output string) error {
	store, err := c.images(cmd.Context())
	if err != nil {
		return err
	}
	return c.writeArchive(cmd.Context(), output, func(ctx context.Context, w io.Writer) error {
		return archive.Save(ctx, store, w, names...)
	})
}

// writeArchive has an archive written to the file output or, without one, to the
// standard output, which must not be a terminal.
func (c *cli) writeArchive(ctx context.Context, output string, write func(context.Context, io.Writer) error) error {
	if output == "" && isTerminal(c.stdout) {
		return errors.New("cowardly refusing to save to a terminal. Use the -o flag or redirect")
	}
	return c.interruptible(ctx, func(ctx context.Context) error {
		if output == "" {
			return write(ctx, c.stdout)
		}
		return writeWhole(output, func(w io.Writer) error { return write(ctx, w) })
	})
}

// interruptible runs what a signal is to end, but not before it has undone what it
// did.
func (c *cli) interruptible(ctx context.Context, run func(context.Context) error) error {
	ctx, signals := catchSignals(ctx, c.stderr, false)
	defer signals.end()
	err := run(ctx)
	if err == nil || hasBeenSaid(err) {
		return err
	}
	return &statusError{signals.statusOr(exitError), err}
}

// untilDone reads from r until the context ends, also while r has nothing to give:
// read(2) on a pipe waits for its writer, whatever happens here.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	if r == nil {
		return nil
	}
	ours, theirs := io.Pipe()
	go func() {
		_, err := io.CopyBuffer(theirs, struct{ io.Reader }{r}, make([]byte, 256<<10))
		theirs.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { ours.CloseWithError(context.Cause(ctx)) })
	return ours
}

// writeWhole writes a file under another name and gives it its own at the end. A
// device or a pipe is written to as it is.
func writeWhole(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(file), file.Close())
	}
	partial := path + ".partial"
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return nil
}
