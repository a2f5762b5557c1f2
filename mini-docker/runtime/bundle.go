package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// readBundle finds out what config.json says, or is to say.
func (r *Runtime) readBundle(o CreateOptions) (*specs.Spec, error) {
	spec, path := o.Spec, filepath.Join(o.Bundle, "config.json")
	if spec == nil {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &spec); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
	}
	if err := validate(spec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := checkConsole(o, spec.Process.Terminal); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r.warnOfMounts(spec)
	if err := r.warnOfLimits(spec.Linux.Resources); err != nil {
		return nil, err
	}
	return r.withAvailable(spec), nil
}

// checkConsole makes sure that somebody takes the terminal, if there is one.
func checkConsole(o CreateOptions, terminal bool) error {
	switch {
	case terminal && o.Detached && o.ConsoleSocket == "":
		return errors.New("process.terminal needs a console socket, to which the terminal's other end is sent: " +
			"whoever creates the container ends before it does")
	case !terminal && o.ConsoleSocket != "":
		return errors.New("a console socket was given, but process.terminal is not set")
	}
	return nil
}

// withAvailable leaves out of config.json the capabilities that this kernel does
// not have to give, with a warning.
func (r *Runtime) withAvailable(spec *specs.Spec) *specs.Spec {
	available, unknown, notAmbient := security.Available(spec.Process.Capabilities)
	if len(unknown) > 0 {
		r.warn("this kernel does not have the capabilities %s: they are left out", strings.Join(unknown, ", "))
	}
	if len(notAmbient) > 0 {
		r.warn("capabilities that are not permitted and inheritable cannot be ambient: %s", strings.Join(notAmbient, ", "))
	}
	if len(unknown)+len(notAmbient) == 0 {
		return spec
	}
	changed, process := *spec, *spec.Process
	process.Capabilities, changed.Process = available, &process
	return &changed
}
