package builder

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"drydock/mini-docker/image"
)

// plan is a Dockerfile that can be built.
type plan struct{ stages []*wantedStage }

// wantedStage is what one FROM begins.
type wantedStage struct {
	name  string
	base  string // an image, a stage before, or scratch
	line  int
	text  string // the FROM itself
	steps []step
}

// step is one instruction.
type step struct {
	command instructions.Command
	line    int
	text    string
}

// LineError says where in the Dockerfile something is wrong.
type LineError struct {
	File string
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

func (s *wantedStage) at(file string, err error) error { return &LineError{file, s.line, err} }
func (s step) at(file string, err error) error         { return &LineError{file, s.line, err} }

func (p *plan) steps() int {
	sum := 0
	for _, each := range p.stages {
		sum += 1 + len(each.steps)
	}
	return sum
}

// parse reads the Dockerfile and refuses what cannot be built.
func parse(o Options) (*plan, error) {
	tree, err := parser.Parse(bytes.NewReader(o.Text))
	if err != nil {
		return nil, located(o.File, err)
	}
	stages, metaArgs, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, located(o.File, err)
	}
	global, err := globalArgs(metaArgs, o.Args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	p := &plan{}
	for _, each := range stages {
		wanted, err := newStage(each, global)
		if err != nil {
			return nil, &LineError{o.File, line(each.Location), err}
		}
		for _, command := range each.Commands {
			if err := check(command); err != nil {
				return nil, &LineError{o.File, line(command.Location()), err}
			}
			wanted.steps = append(wanted.steps, step{command, line(command.Location()), textOf(command)})
		}
		p.stages = append(p.stages, wanted)
	}
	return p, p.upTo(o.Target)
}

// upTo leaves out the stages behind the wanted one, and those that nothing in it
// needs.
func (p *plan) upTo(target string) error {
	last := len(p.stages) - 1
	if last < 0 {
		return errors.New("the Dockerfile has no FROM")
	}
	if target != "" {
		if last = p.find(target, len(p.stages)); last < 0 {
			return fmt.Errorf("target stage %q could not be found", target)
		}
	}
	p.stages = p.stages[:last+1]
	return nil
}

// find looks up a stage before a place, by its name or its number.
func (p *plan) find(name string, before int) int {
	for i, each := range p.stages[:before] {
		if each.name != "" && strings.EqualFold(each.name, name) || strconv.Itoa(i) == name {
			return i
		}
	}
	return -1
}

// newStage reads a FROM, in which only arguments from before the first one mean
// anything.
func newStage(s instructions.Stage, global []string) (*wantedStage, error) {
	if s.Platform != "" {
		own := image.ThisMachine()
		if s.Platform != own.OS+"/"+own.Architecture && s.Platform != own.Architecture {
			return nil, fmt.Errorf("FROM --platform=%s: images are built for this machine alone, linux/%s", s.Platform, own.Architecture)
		}
	}
	base, _, err := shell.NewLex('\\').ProcessWord(s.BaseName, shell.EnvsFromSlice(global))
	if err != nil {
		return nil, err
	}
	if base == "" {
		return nil, fmt.Errorf("base name (%s) should not be blank", s.BaseName)
	}
	return &wantedStage{name: s.Name, base: base, line: line(s.Location), text: s.SourceCode}, nil
}

// globalArgs are the ARGs before the first FROM.
func globalArgs(args []instructions.ArgCommand, given map[string]string) ([]string, error) {
	var env []string
	for _, command := range args {
		for _, arg := range command.Args {
			value, ok := given[arg.Key]
			if !ok {
				var err error
				if value, _, err = shell.NewLex('\\').ProcessWord(arg.ValueString(), shell.EnvsFromSlice(env)); err != nil {
					return nil, err
				}
			}
			env = append(env, arg.Key+"="+value)
		}
	}
	return env, nil
}

// check refuses, by name, instructions and flags that are not known here.
func check(command instructions.Command) error {
	switch c := command.(type) {
	case *instructions.RunCommand:
		if len(c.FlagsUsed) > 0 {
			return fmt.Errorf("RUN --%s is not supported", c.FlagsUsed[0])
		}
		if len(c.Files) > 0 {
			return errors.New("here-documents are not supported: write the command on one line, or copy a script")
		}
		return nil
	case *instructions.CopyCommand:
		switch {
		case c.Link:
			return errors.New("COPY --link is not supported")
		case c.Parents:
			return errors.New("COPY --parents is not supported")
		case len(c.ExcludePatterns) > 0:
			return errors.New("COPY --exclude is not supported: use .dockerignore")
		case len(c.SourceContents) > 0:
			return errors.New("here-documents are not supported: copy a file")
		}
		return nil
	case *instructions.EnvCommand, *instructions.WorkdirCommand, *instructions.ExposeCommand,
		*instructions.EntrypointCommand, *instructions.CmdCommand, *instructions.ArgCommand,
		*instructions.LabelCommand, *instructions.UserCommand:
		return nil
	case *instructions.AddCommand:
		return errors.New("ADD is not supported: use COPY, after unpacking or fetching yourself")
	}
	return fmt.Errorf("%s is not supported", strings.ToUpper(command.Name()))
}

// located words an error of the parser with the file and the line it knows.
func located(file string, err error) error {
	var known *parser.LocationError
	if errors.As(err, &known) && len(known.Locations) > 0 {
		// The parser writes the line into its text as well.
		text := err.Error()
		if _, after, ok := strings.Cut(text, "parse error on line "); ok {
			if _, rest, ok := strings.Cut(after, ": "); ok {
				text = rest
			}
		}
		return &LineError{file, line(known.Locations[0]), errors.New(text)}
	}
	return fmt.Errorf("%s: %w", file, err)
}

func line(at []parser.Range) int {
	if len(at) == 0 {
		return 1
	}
	return slices.MinFunc(at, func(a, b parser.Range) int { return a.Start.Line - b.Start.Line }).Start.Line
}

// textOf is an instruction as it was written.
func textOf(command instructions.Command) string {
	if written, ok := command.(fmt.Stringer); ok {
		return written.String()
	}
	return strings.ToUpper(command.Name())
}
