package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
)

// buildOutput is where `build -o` puts what is built.
type buildOutput struct {
	kind, dest string
	stdout     *os.File
}

// parseOutput reads -o: a folder, "-" for a tar archive on the standard output, or
// type=KIND,dest=PATH.
func parseOutput(text string) (*buildOutput, error) {
	out := &buildOutput{}
	switch {
	case text == "":
		return out, nil
	case text == "-":
		out.kind, out.dest = "tar", "-"
		return out, nil
	case !strings.Contains(text, "="):
		out.kind, out.dest = "local", text
		return out, nil
	}
	for field := range strings.SplitSeq(text, ",") {
		switch key, value, _ := strings.Cut(field, "="); key {
		case "type":
			out.kind = value
		case "dest", "destination":
			out.dest = value
		default:
			return nil, fmt.Errorf("invalid argument %q for \"-o, --output\" flag: %s is not supported", text, key)
		}
	}
	switch out.kind {
	case "local", "tar", "oci", "docker":
	default:
		return nil, fmt.Errorf("invalid argument %q for \"-o, --output\" flag: type=%s is not supported: there are local, tar, oci and docker", text, out.kind)
	}
	if out.dest == "" {
		if out.kind == "local" {
			return nil, fmt.Errorf("invalid argument %q for \"-o, --output\" flag: dest is required for local output", text)
		}
		out.dest = "-"
	}
	return out, nil
}

func (o *buildOutput) toStdout() bool { return o.dest == "-" && o.kind != "local" }

// write writes what was built where it is wanted.
func (o *buildOutput) write(ctx context.Context, e *engine.Engine, made *image.Image) error {
	if o.kind == "" {
		return nil
	}
	if o.kind == "local" {
		return builder.Export(ctx, e, made, o.dest)
	}
	var to io.WriteCloser = o.stdout
	if !o.toStdout() {
		file, err := os.Create(o.dest)
		if err != nil {
			return err
		}
		to = file
	}
	var err error
	if o.kind == "tar" {
		err = builder.Archive(ctx, e, made, to)
	} else {
		err = o.save(ctx, e, made, to)
	}
	return errors.Join(err, to.Close())
}

func (o *buildOutput) save(ctx context.Context, e *engine.Engine, made *image.Image, to io.Writer) error {
	store, err := e.Images(ctx)
	if err != nil {
		return err
	}
	name := made.ID.String()
	if len(made.Names) > 0 {
		name = made.Names[0]
	}
	return archive.Save(ctx, store, to, name)
}
