package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"drydock/cmd/mini-docker/quantity"
	"drydock/mini-docker/engine/hardening"

	"github.com/spf13/pflag"
)

// registerHardening declares the flags that give a container privileges or take
// them away.
func registerHardening(flags *pflag.FlagSet, s *hardening.Settings) {
	flags.StringArrayVar(&s.CapAdd, "cap-add", nil, "Add Linux capabilities")
	flags.StringArrayVar(&s.CapDrop, "cap-drop", nil, "Drop Linux capabilities")
	flags.BoolVar(&s.Privileged, "privileged", false, "Give extended privileges to this container")
	flags.StringArrayVar(&s.GroupAdd, "group-add", nil, "Add additional groups to join")
	flags.IntVar(&s.OomScoreAdj, "oom-score-adj", 0, "Tune host's OOM preferences (-1000 to 1000)")
	flags.Var((*quantity.Bytes)(&s.ShmSize), "shm-size", "Size of /dev/shm")
	flags.StringVar(&s.UsernsMode, "userns", "", "User namespace to use (host|private)")

	s.Sysctls, s.Tmpfs = map[string]string{}, map[string]string{}
	flags.Var(repeated{"list", func(text string) error { return addSecurityOpt(s, text) }}, "security-opt", "Security Options (no-new-privileges, seccomp=FILE, seccomp=unconfined)")
	flags.Var(repeated{"list", func(text string) error {
		where, options, _ := strings.Cut(text, ":")
		s.Tmpfs[where] = options
		return nil
	}}, "tmpfs", "Mount a tmpfs directory (DEST[:OPTIONS])")
	flags.Var(repeated{"map", func(text string) error {
		name, value, _ := strings.Cut(text, "=")
		s.Sysctls[name] = value
		return hardening.CheckSysctl(text)
	}}, "sysctl", "Sysctl options")
	flags.Var(repeated{"ulimit", func(text string) error {
		limit, err := hardening.ParseUlimit(text)
		s.Ulimits = append(s.Ulimits, limit)
		return err
	}}, "ulimit", "Ulimit options (NAME=SOFT[:HARD])")
	flags.Var(repeated{"list", func(text string) error {
		device, err := hardening.ParseDevice(text)
		s.Devices = append(s.Devices, device)
		return err
	}}, "device", "Add a host device to the container (HOST[:CONTAINER[:rwm]])")
}

// repeated is the value of a flag that may be given more than once.
type repeated struct {
	kind string // as help shows it
	add  func(text string) error
}

func (r repeated) String() string        { return "" }
func (r repeated) Set(text string) error { return r.add(text) }
func (r repeated) Type() string          { return r.kind }

// addSecurityOpt notes an option. A seccomp profile is read here: the path is
// the caller's, and what the file says now is what is meant.
func addSecurityOpt(s *hardening.Settings, text string) error {
	file, isProfile := strings.CutPrefix(text, "seccomp=")
	if isProfile && file != "unconfined" && file != "builtin" {
		profile, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("opening seccomp profile (%s) failed: %w", file, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, profile); err != nil {
			return fmt.Errorf("compacting json for seccomp profile (%s) failed: %w", file, err)
		}
		text = "seccomp=" + compact.String()
	}
	s.SecurityOpt = append(s.SecurityOpt, text)
	return nil
}
