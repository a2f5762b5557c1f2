package files

import (
	"os"
	"path/filepath"
	"strings"

	"drydock/cmd/box/applet"
)

// basename prints the last part of a path. See basename(1).
func basename(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) < 1 || len(args) > 2 {
		return e.Misuse("want a name")
	}
	name := filepath.Base(args[0])
	if len(args) == 2 && name != args[1] {
		name = strings.TrimSuffix(name, args[1])
	}
	e.Out.WriteString(name + "\n")
	return applet.OK
}

// dirname prints a path without its last part. See dirname(1).
func dirname(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("want a name")
	}
	for _, name := range args {
		dir := "."
		if trimmed := strings.TrimRight(name, "/"); trimmed == "" && name != "" {
			dir = "/"
		} else if at := strings.LastIndexByte(trimmed, '/'); at >= 0 {
			if dir = strings.TrimRight(trimmed[:at], "/"); dir == "" {
				dir = "/"
			}
		}
		e.Out.WriteString(dir + "\n")
	}
	return applet.OK
}

// readlink prints where a symbolic link points, or with -f the path that is
// left when all links are followed. Like its model it is silent about what is
// no link.
func readlink(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "f|canonicalize n|no-newline")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing file")
	}
	end := "\n"
	if f.Has("n") {
		end = ""
	}
	for _, name := range args {
		to, err := os.Readlink(name)
		if f.Has("f") {
			to, err = canonical(name)
		}
		if err != nil {
			status = applet.Failed
			continue
		}
		e.Out.WriteString(to + end)
	}
	return status
}

// canonical follows all links; only the last part of the path may be missing.
func canonical(name string) (string, error) {
	path, err := filepath.EvalSymlinks(name)
	if os.IsNotExist(err) {
		var dir string
		if dir, err = filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
			path = filepath.Join(dir, filepath.Base(name))
		}
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

func realpath(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing file")
	}
	for _, name := range args {
		path, err := canonical(name)
		if err != nil {
			status = e.Fail(name, err)
			continue
		}
		e.Out.WriteString(path + "\n")
	}
	return status
}
