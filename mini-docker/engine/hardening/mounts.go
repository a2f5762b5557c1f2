package hardening

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// tmpfsMount is a file system in memory. It is as safe as can be unless the
// options say otherwise. See moby, volume/mounts, and tmpfs(5).
func tmpfsMount(where, text string) (specs.Mount, error) {
	if !path.IsAbs(where) {
		return specs.Mount{}, fmt.Errorf("invalid mount path: '%s' mount path must be absolute", where)
	}
	if path.Clean(where) == "/" {
		return specs.Mount{}, errors.New("invalid specification: destination can't be '/'")
	}
	mount := specs.Mount{Destination: path.Clean(where), Type: "tmpfs", Source: "tmpfs",
		Options: []string{"noexec", "nosuid", "nodev"}}
	if text == "" {
		return mount, nil
	}
	for option := range strings.SplitSeq(text, ",") {
		name, value, hasValue := strings.Cut(option, "=")
		if hasValue && value != "" && slices.Contains(tmpfsValues(), name) {
			mount.Options = append(mount.Options, option)
			continue
		}
		if hasValue || !slices.Contains(tmpfsSwitches(), name) {
			return mount, fmt.Errorf("Invalid tmpfs option %q", option)
		}
		// The opposite of a default takes its place.
		mount.Options = slices.DeleteFunc(mount.Options, func(have string) bool { return have == "no"+name })
		mount.Options = append(mount.Options, option)
	}
	return mount, nil
}

func tmpfsValues() []string {
	return []string{"size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"}
}

func tmpfsSwitches() []string {
	return []string{"defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec",
		"sync", "async", "dirsync", "remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime",
		"bind", "rbind", "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
		"relatime", "norelatime", "strictatime", "nostrictatime"}
}
