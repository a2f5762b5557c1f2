package dockerfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// LineError says where in the Dockerfile something is wrong.
type LineError struct {
	File string
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// check refuses, by name, what is not known here.
func check(command instructions.Command) error {
	switch c := command.(type) {
	case *instructions.RunCommand:
		for _, flag := range c.FlagsUsed {
			if flag != "mount" && flag != "network" {
				return fmt.Errorf("RUN --%s is not supported", flag)
			}
		}
		if len(c.Files) > 0 && (len(c.CmdLine) != 1 || !c.PrependShell) {
			return errors.New("a here-document needs a shell: RUN <<NAME, or a command that reads one")
		}
	case *instructions.HealthCheckCommand:
		if c.Health.StartInterval != 0 {
			return errors.New("HEALTHCHECK --start-interval is not supported")
		}
	case *instructions.CopyCommand:
		if strings.Contains(c.From, "$") {
			return fmt.Errorf("--from=%s: variables are not replaced there: name a stage that begins with FROM %s", c.From, c.From)
		}
		return checkSources(c.SourcePaths)
	case *instructions.AddCommand:
		if i := slices.IndexFunc(c.SourcePaths, isRepository); i >= 0 {
			return fmt.Errorf("ADD %s: a Git repository is not supported: clone it yourself", c.SourcePaths[i])
		}
		if c.KeepGitDir != nil {
			return errors.New("ADD --keep-git-dir is not supported: clone the repository yourself")
		}
		if c.Checksum != "" && (len(c.SourcePaths) != 1 || !IsURL(c.SourcePaths[0]) && !strings.Contains(c.SourcePaths[0], "$")) {
			return errors.New("ADD --checksum needs one source, and that an address (http:// or https://)")
		}
	}
	return nil
}

func checkSources(paths []string) error {
	for _, each := range paths {
		if IsURL(each) {
			return fmt.Errorf("source can't be a URL for COPY: ADD %s fetches", each)
		}
	}
	return nil
}

// isRepository says whether Docker would take a source of ADD for a Git repository.
func isRepository(source string) bool {
	address, _, _ := strings.Cut(source, "#")
	return strings.HasPrefix(address, "git@") || strings.HasPrefix(address, "git://") || strings.HasPrefix(address, "ssh://") ||
		IsURL(address) && strings.HasSuffix(address, ".git")
}

// IsURL says whether a source of ADD is fetched.
func IsURL(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
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
