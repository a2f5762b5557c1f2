package files

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// getfattr lists the extended attributes of files, with -d their values as well. The
// kernel shows those of trusted.* to the machine's root alone. See getfattr(1),
// xattr(7).
func getfattr(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "d|dump m|match:")
	if !ok {
		return status
	}
	if len(names) == 0 {
		return e.Misuse("missing file")
	}
	pattern := f.Value("m", `^user\.`)
	if pattern == "-" {
		pattern = ""
	}
	match, err := regexp.Compile(pattern)
	if err != nil {
		return e.Misuse(err.Error())
	}
	for _, name := range names {
		attributes, err := xattrNames(name)
		if err != nil {
			status = e.Fail(name, err)
			continue
		}
		attributes = slices.DeleteFunc(attributes, func(a string) bool { return !match.MatchString(a) })
		if len(attributes) == 0 {
			continue
		}
		fmt.Fprintf(e.Out, "# file: %s\n", strings.TrimLeft(name, "/"))
		for _, attribute := range attributes {
			if !f.Has("d") {
				fmt.Fprintln(e.Out, attribute)
				continue
			}
			value, err := xattr(name, attribute)
			if err != nil {
				status = e.Fail(name+": "+attribute, err)
				continue
			}
			fmt.Fprintf(e.Out, "%s=%q\n", attribute, value)
		}
		fmt.Fprintln(e.Out)
	}
	return status
}

// xattrMax is more than a value, or all names together, can have (xattr(7), Limits).
const xattrMax = 64 << 10

// xattrNames lists the attributes of a file, not of what it links to, sorted.
func xattrNames(path string) ([]string, error) {
	list := make([]byte, xattrMax)
	n, err := unix.Llistxattr(path, list)
	if err != nil {
		return nil, err
	}
	names := strings.FieldsFunc(string(list[:n]), func(r rune) bool { return r == 0 })
	slices.Sort(names)
	return names, nil
}

func xattr(path, name string) (string, error) {
	value := make([]byte, xattrMax)
	n, err := unix.Lgetxattr(path, name, value)
	if err != nil {
		return "", err
	}
	return string(value[:n]), nil
}
