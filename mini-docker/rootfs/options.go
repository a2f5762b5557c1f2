package rootfs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// attribute is what an option changes of a mount. See mount_setattr(2).
type attribute struct{ set, clear uint64 }

// attributeOf holds the options that belong to a mount, not to the file system
// that is mounted. With an "r" in front, as in "rro", they count for whatever is
// mounted below as well. See mount(8), OCI runtime-spec config.md, Linux mount
// options.
var attributeOf = map[string]attribute{
	"ro":            {set: unix.MOUNT_ATTR_RDONLY},
	"rw":            {clear: unix.MOUNT_ATTR_RDONLY},
	"nosuid":        {set: unix.MOUNT_ATTR_NOSUID},
	"suid":          {clear: unix.MOUNT_ATTR_NOSUID},
	"nodev":         {set: unix.MOUNT_ATTR_NODEV},
	"dev":           {clear: unix.MOUNT_ATTR_NODEV},
	"noexec":        {set: unix.MOUNT_ATTR_NOEXEC},
	"exec":          {clear: unix.MOUNT_ATTR_NOEXEC},
	"nosymfollow":   {set: unix.MOUNT_ATTR_NOSYMFOLLOW},
	"symfollow":     {clear: unix.MOUNT_ATTR_NOSYMFOLLOW},
	"nodiratime":    {set: unix.MOUNT_ATTR_NODIRATIME},
	"diratime":      {clear: unix.MOUNT_ATTR_NODIRATIME},
	"noatime":       {set: unix.MOUNT_ATTR_NOATIME, clear: unix.MOUNT_ATTR__ATIME},
	"strictatime":   {set: unix.MOUNT_ATTR_STRICTATIME, clear: unix.MOUNT_ATTR__ATIME},
	"relatime":      {set: unix.MOUNT_ATTR_RELATIME, clear: unix.MOUNT_ATTR__ATIME},
	"atime":         {set: unix.MOUNT_ATTR_RELATIME, clear: unix.MOUNT_ATTR__ATIME},
	"norelatime":    {set: unix.MOUNT_ATTR_STRICTATIME, clear: unix.MOUNT_ATTR__ATIME},
	"nostrictatime": {set: unix.MOUNT_ATTR_RELATIME, clear: unix.MOUNT_ATTR__ATIME},
}

// propagationOf holds the options that say where mounts made below a mount
// point are seen. See mount_namespaces(7), Shared subtrees.
var propagationOf = map[string]uint64{
	"private":    unix.MS_PRIVATE,
	"slave":      unix.MS_SLAVE,
	"shared":     unix.MS_SHARED,
	"unbindable": unix.MS_UNBINDABLE,
}

// options is what a list of mount options comes to.
type options struct {
	bind, recursive bool      // a tree that is there already is mounted, perhaps with the mounts in it
	own, below      attribute // of the mount, and of it and all below
	propagation     []tree    // each in a call of its own, after the mount
	copyUp          bool      // of a tmpfs: it begins with what is in the folder it covers
	data            []string  // for the file system
	idle            []string  // for a new file system, of a bind, which makes none
}

// ofNew are the options of a file system in memory that begins with the mount.
// Engines add them to whatever they mount.
var ofNew = []string{"mode", "size", "uid", "gid", "nr_blocks", "nr_inodes"}

// tree is a kind of propagation, and whether it counts for mounts below, too.
type tree struct {
	propagation uint64
	recursive   bool
}

// Options are the words for mounts that are obeyed here, besides those of the file
// systems, sorted.
func Options() []string {
	words := []string{"bind", "rbind", "defaults", "silent", "loud", "tmpcopyup"}
	for name := range attributeOf {
		words = append(words, name, "r"+name)
	}
	for name := range propagationOf {
		words = append(words, name, "r"+name)
	}
	slices.Sort(words)
	return words
}

// CheckOptions refuses what Mount would, as far as that can be told before there
// is a root: an option that nobody would obey, or a mount that hides what
// protects the machine. What belongs to a file system, its kernel code checks.
func CheckOptions(m specs.Mount) error {
	_, err := parseOptions(m)
	if err == nil {
		err = checkProc(m)
	}
	return err
}

// IdleOptions are the options of a mount that are understood and have nothing to
// act on.
func IdleOptions(m specs.Mount) []string {
	o, _ := parseOptions(m)
	return o.idle
}

// parseOptions sorts the options of a mount.
func parseOptions(m specs.Mount) (options, error) {
	var o options
	for _, option := range m.Options {
		whole, isWhole := strings.CutPrefix(option, "r")
		switch {
		case option == "bind" || option == "rbind":
			o.bind, o.recursive = true, isWhole
		case option == "defaults" || option == "" || option == "silent" || option == "loud":
		case option == "tmpcopyup" && m.Type == "tmpfs":
			o.copyUp = true
		case option == "remount":
			return o, fmt.Errorf("mounting %s: the option remount is not supported: give the mount its options at once", m.Destination)
		case known(attributeOf, option):
			o.own.add(attributeOf[option])
		case isWhole && known(attributeOf, whole):
			o.below.add(attributeOf[whole])
		case known(propagationOf, option):
			o.propagation = append(o.propagation, tree{propagationOf[option], false})
		case isWhole && known(propagationOf, whole):
			o.propagation = append(o.propagation, tree{propagationOf[whole], true})
		default:
			o.data = append(o.data, option)
		}
	}
	if m.Type == "bind" {
		o.bind = true
	}
	if o.bind {
		isNew := func(option string) bool { name, _, _ := strings.Cut(option, "="); return slices.Contains(ofNew, name) }
		for _, each := range o.data {
			if isNew(each) {
				o.idle = append(o.idle, each)
			}
		}
		o.data = slices.DeleteFunc(o.data, isNew)
	}
	if o.bind && len(o.data) > 0 {
		return o, fmt.Errorf("mounting %s: the option %q is unknown for a bind mount", m.Destination, o.data[0])
	}
	return o, nil
}

func known[V any](table map[string]V, name string) bool {
	_, ok := table[name]
	return ok
}

// add puts a later option over an earlier one: of opposites, the last counts.
func (a *attribute) add(later attribute) {
	a.set = a.set&^later.clear | later.set
	a.clear = a.clear&^(later.set&^unix.MOUNT_ATTR__ATIME) | later.clear
}
