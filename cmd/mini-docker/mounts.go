package main

import (
	"path/filepath"
	"strings"

	"drydock/mini-docker/engine/mounts"

	"github.com/spf13/pflag"
)

// mountFlags say what a container sees besides its own file system.
type mountFlags struct {
	volumes, from []string
	mounts        []mounts.Request
}

func (f *mountFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.volumes, "volume", "v", nil, "Bind mount a volume (SRC:DST[:OPTIONS], NAME:DST[:OPTIONS] or DST)")
	flags.Var(repeated{"mount", func(text string) error {
		m, err := mounts.ParseMount(text)
		f.mounts = append(f.mounts, m)
		return err
	}}, "mount", "Attach a filesystem mount to the container (type=bind|volume|tmpfs,source=SRC,target=DST)")
	flags.StringArrayVar(&f.from, "volumes-from", nil, "Mount volumes from the specified container(s)")
}

// options turns the flags into what the engine wants to know.
func (f *mountFlags) options() (wanted []mounts.Request, from []mounts.From, err error) {
	for _, each := range f.from {
		other, err := mounts.ParseFrom(each)
		if err != nil {
			return nil, nil, err
		}
		from = append(from, other)
	}
	for _, each := range f.volumes {
		// Seen from where the caller is. What does not begin with a dot may be a name.
		if source, rest, ok := strings.Cut(each, ":"); ok && strings.HasPrefix(source, ".") {
			if source, err = filepath.Abs(source); err != nil {
				return nil, nil, err
			}
			each = source + ":" + rest
		}
		m, err := mounts.ParseVolume(each)
		if err != nil {
			return nil, nil, err
		}
		wanted = append(wanted, m)
	}
	return append(wanted, f.mounts...), from, nil
}
