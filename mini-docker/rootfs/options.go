package rootfs

import (
	"strings"

	"golang.org/x/sys/unix"
)

// flagOf holds the mount options that are flags of mount(2); clear tells the
// ones that take a flag back. Whatever stands in neither table belongs to the
// file system and is handed to it as a string. See mount(8), OCI runtime-spec
// config.md, Linux mount options.
var flagOf = map[string]struct {
	clear bool
	flag  uintptr
}{
	"bind":        {false, unix.MS_BIND},
	"rbind":       {false, unix.MS_BIND | unix.MS_REC},
	"remount":     {false, unix.MS_REMOUNT},
	"ro":          {false, unix.MS_RDONLY},
	"rw":          {true, unix.MS_RDONLY},
	"nosuid":      {false, unix.MS_NOSUID},
	"suid":        {true, unix.MS_NOSUID},
	"nodev":       {false, unix.MS_NODEV},
	"dev":         {true, unix.MS_NODEV},
	"noexec":      {false, unix.MS_NOEXEC},
	"exec":        {true, unix.MS_NOEXEC},
	"sync":        {false, unix.MS_SYNCHRONOUS},
	"async":       {true, unix.MS_SYNCHRONOUS},
	"dirsync":     {false, unix.MS_DIRSYNC},
	"noatime":     {false, unix.MS_NOATIME},
	"atime":       {true, unix.MS_NOATIME},
	"nodiratime":  {false, unix.MS_NODIRATIME},
	"diratime":    {true, unix.MS_NODIRATIME},
	"relatime":    {false, unix.MS_RELATIME},
	"norelatime":  {true, unix.MS_RELATIME},
	"strictatime": {false, unix.MS_STRICTATIME},
	"defaults":    {false, 0},
}

// propagationOf holds the options that say where mounts made below a mount
// point are seen. See mount_namespaces(7), Shared subtrees.
var propagationOf = map[string]uintptr{
	"private":     unix.MS_PRIVATE,
	"rprivate":    unix.MS_PRIVATE | unix.MS_REC,
	"slave":       unix.MS_SLAVE,
	"rslave":      unix.MS_SLAVE | unix.MS_REC,
	"shared":      unix.MS_SHARED,
	"rshared":     unix.MS_SHARED | unix.MS_REC,
	"unbindable":  unix.MS_UNBINDABLE,
	"runbindable": unix.MS_UNBINDABLE | unix.MS_REC,
}

// options is what a list of mount options comes to.
type options struct {
	flags       uintptr   // for mount(2)
	propagation []uintptr // each in a call of its own, after the mount
	fsData      string    // for the file system, comma-separated
}

// parseOptions sorts the options of a mount.
func parseOptions(list []string) options {
	var parsed options
	var rest []string
	for _, option := range list {
		if entry, ok := flagOf[option]; ok && entry.clear {
			parsed.flags &^= entry.flag
		} else if ok {
			parsed.flags |= entry.flag
		} else if flag, ok := propagationOf[option]; ok {
			parsed.propagation = append(parsed.propagation, flag)
		} else {
			rest = append(rest, option)
		}
	}
	parsed.fsData = strings.Join(rest, ",")
	return parsed
}
