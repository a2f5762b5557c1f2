// Package link holds the applet ip, as far as the lessons before the network
// ones need it: which interfaces there are in this network namespace, with what
// addresses and routes, and how one is set up or down. It speaks rtnetlink(7) itself.
package link

import (
	"strings"

	"drydock/cmd/box/applet"
)

// Applets lists the one.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "ip", Usage: "[-br|-o] link [show [NAME]] | [-br|-o] [-4|-6] addr [show [NAME]] | [-4|-6] route [show [dev NAME]] | link set NAME up|down", Run: ip},
	}
}

// ip shows interfaces or sets one up. See ip-link(8), ip-address(8).
func ip(e *applet.Env, args []string) int {
	f := form{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if !f.option(args[0]) {
			return e.Misuse("unknown option '" + args[0] + "'")
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return e.Misuse("want an object: link, addr or route")
	}
	object, args := args[0], args[1:]
	switch {
	case begins("link", object):
	case begins("address", object):
		f.addresses = true
	case begins("route", object):
		return showRoutes(e, f, args)
	default:
		return e.Misuse("object '" + object + "' is not supported")
	}
	if len(args) > 0 && args[0] == "set" && !f.addresses {
		return set(e, args[1:])
	}
	name, wrong := shown(args)
	if wrong != "" {
		return e.Misuse(wrong)
	}
	return show(e, f, name)
}

// form is how the interfaces are shown.
type form struct {
	brief, lines, four, six, addresses bool
}

// begins reports whether text is a word or what it begins with: all that
// iproute2 asks for.
func begins(word, text string) bool { return text != "" && strings.HasPrefix(word, text) }

func (f *form) option(text string) (known bool) {
	switch text {
	case "-br", "-brief":
		f.brief = true
	case "-o", "-oneline":
		f.lines = true
	case "-c", "-color": // there are none here
	case "-4":
		f.four, f.six = true, false
	case "-6":
		f.four, f.six = false, true
	default:
		return false
	}
	return true
}

// show prints one interface, or all.
func show(e *applet.Env, f form, name string) int {
	all, err := interfaces()
	if err != nil {
		return e.Fail("asking the kernel for its interfaces", err)
	}
	found := false
	for _, i := range all {
		if name != "" && i.name != name {
			continue
		}
		found = true
		i.keep(f.four, f.six)
		switch {
		case f.addresses && f.four != f.six && len(i.addresses) == 0:
			// With a family, only who has an address of it.
		case f.brief:
			e.Out.WriteString(i.brief(f.addresses))
		case f.lines:
			e.Out.WriteString(i.lines(f))
		default:
			e.Out.WriteString(i.long(f))
		}
	}
	if !found && name != "" {
		return e.Complain("device \"" + name + "\" does not exist")
	}
	return applet.OK
}

// shown reads `show [dev] NAME`.
func shown(args []string) (name, wrong string) {
	if len(args) > 0 && (begins("show", args[0]) || begins("list", args[0]) || begins("lst", args[0])) {
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "dev" {
		args = args[1:]
	}
	switch len(args) {
	case 0:
		return "", ""
	case 1:
		switch args[0] {
		case "add", "del", "delete", "set", "replace", "flush", "change":
			return "", "'" + args[0] + "' is not supported"
		}
		return args[0], ""
	}
	return "", "'" + strings.Join(args, " ") + "' is not supported"
}

// set is ip link set [dev] NAME up|down.
func set(e *applet.Env, args []string) int {
	if len(args) > 0 && args[0] == "dev" {
		args = args[1:]
	}
	if len(args) != 2 || args[1] != "up" && args[1] != "down" {
		return e.Misuse("only `link set NAME up` and `down` are supported")
	}
	all, err := interfaces()
	if err != nil {
		return e.Fail("asking the kernel for its interfaces", err)
	}
	for _, i := range all {
		if i.name != args[0] {
			continue
		}
		if err := setUp(i.index, args[1] == "up"); err != nil {
			return e.Fail("setting "+args[0]+" "+args[1], err)
		}
		return applet.OK
	}
	return e.Complain("cannot find device \"" + args[0] + "\"")
}
