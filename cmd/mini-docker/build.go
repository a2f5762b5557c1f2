package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/image"

	"github.com/spf13/cobra"
)

type buildOptions struct {
	tags, args            []string
	file, target, network string
	noCache, quiet        bool
	idFile                string
}

func (c *cli) buildCommand() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build [OPTIONS] PATH",
		Short: "Build an image from a Dockerfile",
		Args:  between(1, 1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.build(cmd.Context(), args[0], o) },

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.tags, "tag", "t", nil, "Name and optionally a tag in the 'name:tag' format")
	flags.StringVarP(&o.file, "file", "f", "", "Name of the Dockerfile (Default is 'PATH/Dockerfile')")
	flags.StringArrayVar(&o.args, "build-arg", nil, "Set build-time variables")
	flags.StringVar(&o.target, "target", "", "Set the target build stage to build")
	flags.StringVar(&o.network, "network", "", "Set the networking mode for the RUN instructions during build")
	flags.BoolVar(&o.noCache, "no-cache", false, "Do not use cache when building the image")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "Suppress the build output and print image ID on success")
	flags.StringVar(&o.idFile, "iidfile", "", "Write the image ID to the file")
	addUnsupported(flags, "compress force-rm pull push load rm squash", `
		add-host allow annotation attest build-context builder cache-from cache-to cgroup-parent cpu-period cpu-quota
		cpu-shares,c cpuset-cpus cpuset-mems isolation label memory,m memory-swap metadata-file no-cache-filter output,o
		platform progress provenance sbom secret security-opt shm-size ssh ulimit`)
	return cmd
}

// build makes an image and says what it is called.
func (c *cli) build(ctx context.Context, dir string, o buildOptions) error {
	options, err := c.buildOptions(dir, o)
	if err != nil {
		return err
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	options.Pull = func(ctx context.Context, name string) (*image.Image, error) {
		aside := &cli{stdin: c.stdin, stdout: c.stderr, stderr: c.stderr, root: c.root}
		return aside.pull(ctx, e, name, o.quiet)
	}
	var made *image.Image
	if err := c.interruptible(ctx, func(ctx context.Context) (err error) {
		made, err = builder.Build(ctx, e, options)
		return err
	}); err != nil {
		return err
	}
	if o.idFile != "" {
		if err := os.WriteFile(o.idFile, []byte(made.ID.String()), 0o644); err != nil {
			return err
		}
	}
	if o.quiet {
		fmt.Fprintln(c.stdout, made.ID)
		return nil
	}
	fmt.Fprintln(c.stdout, "Successfully built", made.ShortID())
	for _, name := range options.Tags {
		fmt.Fprintln(c.stdout, "Successfully tagged", name.Familiar())
	}
	return nil
}

func (c *cli) buildOptions(dir string, o buildOptions) (builder.Options, error) {
	options := builder.Options{
		Context: dir, File: o.file, Target: o.target, Network: o.network, NoCache: o.noCache,
		Args: map[string]string{}, Progress: buildProgress{c.stdout, c.stderr, o.quiet},
		Stdout: c.stdout, Stderr: c.stderr,
	}
	if o.quiet {
		options.Stdout, options.Stderr = nil, nil
	}
	if dir == "-" || strings.Contains(dir, "://") {
		return options, errors.New("a build context is a folder here: name one")
	}
	var err error
	if options.File, options.Text, err = c.readDockerfile(dir, o.file); err != nil {
		return options, err
	}
	for _, tag := range o.tags {
		name, err := image.ParseName(tag)
		if err != nil {
			return options, fmt.Errorf("invalid argument %q for \"-t, --tag\" flag: %w", tag, err)
		}
		options.Tags = append(options.Tags, name)
	}
	for _, arg := range fromCaller(o.args) {
		if key, value, ok := strings.Cut(arg, "="); ok {
			options.Args[key] = value
		}
	}
	options.Epoch, err = epoch(options.Args)
	return options, err
}

// readDockerfile reads the Dockerfile: -f is relative to where the caller is, as in
// Docker, and "-" is the standard input.
func (c *cli) readDockerfile(dir, file string) (string, []byte, error) {
	if file == "-" {
		text, err := io.ReadAll(io.LimitReader(c.stdin, image.MaxDocument))
		return "Dockerfile", text, err
	}
	if file == "" {
		file = filepath.Join(dir, "Dockerfile")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return file, nil, fmt.Errorf("unable to prepare context: unable to evaluate symlinks in Dockerfile path: %w", err)
	}
	return file, text, nil
}

// epoch is the time that an image is to say it was made, from SOURCE_DATE_EPOCH: a
// build argument or a variable (reproducible-builds.org, SOURCE_DATE_EPOCH).
func epoch(args map[string]string) (*time.Time, error) {
	const name = "SOURCE_DATE_EPOCH"
	text, ok := args[name]
	if !ok {
		if text, ok = os.LookupEnv(name); !ok || text == "" {
			return nil, nil
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s=%q is no number of seconds", name, text)
	}
	at := time.Unix(seconds, 0)
	return &at, nil
}

// buildProgress words the steps as docker build does without BuildKit.
type buildProgress struct {
	out, err io.Writer
	quiet    bool
}

func (p buildProgress) Step(number, of int, text string) {
	if !p.quiet {
		fmt.Fprintf(p.out, "Step %d/%d : %s\n", number, of, text)
	}
}

func (p buildProgress) Cached() {
	if !p.quiet {
		fmt.Fprintln(p.out, " ---> Using cache")
	}
}

func (p buildProgress) Warn(text string) { fmt.Fprintln(p.err, "WARNING:", text) }
