package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/builder/dockerfile"
	"drydock/mini-docker/image"

	"github.com/spf13/cobra"
)

type buildOptions struct {
	tags, args, labels, secrets, hosts, allow []string
	file, target, network, platform, idFile   string
	output, progress                          string
	noCache, quiet, explain                   bool
}

func (c *cli) buildCommand() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build [OPTIONS] PATH | -",
		Short: "Build an image from a Dockerfile",
		Args:  between(1, 1),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.build(cmd.Context(), args[0], o) }),

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.tags, "tag", "t", nil, "Name and optionally a tag in the 'name:tag' format")
	flags.StringVarP(&o.file, "file", "f", "", "Name of the Dockerfile (Default is 'PATH/Dockerfile'); '-' for the standard input")
	flags.StringArrayVar(&o.args, "build-arg", nil, "Set build-time variables")
	flags.StringArrayVar(&o.labels, "label", nil, "Set metadata for an image")
	flags.StringArrayVar(&o.secrets, "secret", nil, "Secret to expose to the build (format: id=mysecret[,src=/local/secret|,env=NAME])")
	flags.StringSliceVar(&o.allow, "allow", nil, "Allow what a Dockerfile may not do by itself ('network.host': RUN --network=host)")
	flags.StringArrayVar(&o.hosts, "add-host", nil, "Add a custom host-to-IP mapping (format: host:ip)")
	flags.StringVar(&o.target, "target", "", "Set the target build stage to build")
	flags.StringVar(&o.network, "network", "", "Set the networking mode for the RUN instructions during build")
	flags.StringVar(&o.platform, "platform", "", "Set the platform that the image is for; RUN needs this machine's")
	flags.StringVarP(&o.output, "output", "o", "", "Output destination instead of an image: a folder, '-', or type=local|tar|oci|docker,dest=PATH")
	flags.StringVar(&o.progress, "progress", "auto", "Set type of progress output ('auto', 'plain', 'quiet')")
	flags.BoolVar(&o.noCache, "no-cache", false, "Do not use cache when building the image")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "Suppress the build output and print image ID on success")
	flags.BoolVar(&o.explain, "explain", false, "Tell why each step is cached, or is not")
	flags.StringVar(&o.idFile, "iidfile", "", "Write the image ID to the file")
	addUnsupported(flags, buildSwitches, buildValues)
	return cmd
}

// build makes an image and says what it is called.
func (c *cli) build(ctx context.Context, from string, o buildOptions) error {
	out, err := parseOutput(o.output)
	if err != nil {
		return err
	}
	out.stdout = c.stdout
	if out.toStdout() { // what is built goes there: the rest goes elsewhere
		c = &cli{stdin: c.stdin, stdout: c.stderr, stderr: c.stderr, root: c.root}
	}
	options, err := c.readBuildOptions(from, &o)
	if err != nil {
		return err
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	options.Pull = func(ctx context.Context, name string, alone bool) (*image.Image, error) {
		aside := &cli{stdin: c.stdin, stdout: c.stderr, stderr: c.stderr, root: c.root}
		return aside.pull(ctx, e, name, pullOptions{quiet: o.quiet, plain: !alone})
	}
	var made *image.Image
	if err := c.interruptible(ctx, func(ctx context.Context) (err error) {
		if made, err = builder.Build(ctx, e, options); err == nil {
			err = out.write(ctx, e, made)
		}
		return err
	}); err != nil {
		return c.explainBuild(err, options)
	}
	return c.sayBuilt(made, options, o)
}

// sayBuilt says what was built, and notes its ID where that is asked for.
func (c *cli) sayBuilt(made *image.Image, options builder.Options, o buildOptions) error {
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

// explainBuild shows, of a step that failed, the lines around it in the Dockerfile.
func (c *cli) explainBuild(err error, options builder.Options) error {
	var at *dockerfile.LineError
	if errors.As(err, &at) && options.Text != nil {
		fmt.Fprint(c.stderr, excerpt(at, string(options.Text)))
	}
	return err
}

// excerpt is a line of the Dockerfile with those around it.
func excerpt(at *dockerfile.LineError, text string) string {
	const around = 2
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d\n", at.File, at.Line)
	for i := max(at.Line-around, 1); i <= min(at.Line+around, len(lines)); i++ {
		mark := "   "
		if i == at.Line {
			mark = ">>>"
		}
		if i < len(lines) || lines[i-1] != "" {
			fmt.Fprintf(&b, "%4d | %s %s\n", i, mark, lines[i-1])
		}
	}
	return b.String()
}
