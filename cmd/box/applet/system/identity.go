package system

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// identity prints the ids of this process, or those a user would have. See
// id(1).
func identity(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "u|user g|group G|groups n|name r|real")
	if !ok {
		return status
	}
	users, groups := id.Users(), id.Groups()
	uid, gid := uint32(unix.Geteuid()), uint32(unix.Getegid())
	if f.Has("r") {
		uid, gid = uint32(unix.Getuid()), uint32(unix.Getgid())
	}
	all := allGroups(gid)
	if len(args) > 0 {
		if uid, ok = users.Number(args[0]); !ok {
			return e.Complain("'" + args[0] + "': no such user")
		}
		gid, _ = users.Primary(users.Name(uid))
		all = []uint32{gid}
	}
	one := func(t id.Table, n uint32) string {
		if f.Has("n") {
			return t.Name(n)
		}
		return fmt.Sprint(n)
	}
	switch {
	case f.Has("u"):
		fmt.Fprintln(e.Out, one(users, uid))
	case f.Has("g"):
		fmt.Fprintln(e.Out, one(groups, gid))
	case f.Has("G"):
		var list []string
		for _, g := range all {
			list = append(list, one(groups, g))
		}
		fmt.Fprintln(e.Out, strings.Join(list, " "))
	default:
		var list []string
		for _, g := range all {
			list = append(list, both(groups, g))
		}
		fmt.Fprintf(e.Out, "uid=%s gid=%s groups=%s\n", both(users, uid), both(groups, gid), strings.Join(list, ","))
	}
	return applet.OK
}

// allGroups is the process' group and its supplementary ones, each once.
func allGroups(gid uint32) []uint32 {
	all := []uint32{gid}
	more, _ := unix.Getgroups()
	for _, g := range more {
		if !slices.Contains(all, uint32(g)) {
			all = append(all, uint32(g))
		}
	}
	return all
}

// both writes an id with its name, if it has one: 0(root).
func both(t id.Table, n uint32) string {
	if !t.Known(n) {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d(%s)", n, t.Name(n))
}

func whoami(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	fmt.Fprintln(e.Out, id.Users().Name(uint32(unix.Geteuid())))
	return applet.OK
}
