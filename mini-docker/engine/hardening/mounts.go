package hardening

import (
	"errors"
	"fmt"
	"path"
	"regexp"
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
	if clean := path.Clean(where); clean == "/proc" || strings.HasPrefix(clean, "/proc/") {
		return specs.Mount{}, fmt.Errorf("invalid mount path: '%s' would hide a part of /proc, "+
			"on which the container's protection rests", where)
	}
	mount := specs.Mount{Destination: path.Clean(where), Type: "tmpfs", Source: "tmpfs",
		Options: []string{"noexec", "nosuid", "nodev"}}
	if text == "" {
		return mount, nil
	}
	for option := range strings.SplitSeq(text, ",") {
		name, value, hasValue := strings.Cut(option, "=")
		if form := tmpfsValues()[name]; hasValue && form != nil && form.MatchString(value) {
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

// tmpfsValues are the options of tmpfs itself. The kernel refuses a wrong value
// without saying which.
func tmpfsValues() map[string]*regexp.Regexp {
	number, amount := regexp.MustCompile(`^[0-9]+$`), regexp.MustCompile(`^[0-9]+[kKmMgG]?$`)
	return map[string]*regexp.Regexp{
		"size": regexp.MustCompile(`^[0-9]+[kKmMgG%]?$`), "mode": regexp.MustCompile(`^0?[0-7]{1,4}$`),
		"uid": number, "gid": number, "nr_inodes": amount, "nr_blocks": amount, "mpol": regexp.MustCompile(`.`),
	}
}

// tmpfsSwitches are those of any mount, but for the ones that make another kind
// of mount of it.
func tmpfsSwitches() []string {
	return []string{"defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec",
		"sync", "async", "dirsync", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime",
		"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
		"relatime", "norelatime", "strictatime", "nostrictatime"}
}
