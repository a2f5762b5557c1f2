package shell

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/interp"

	"drydock/cmd/box/applet/shell/rewrite"
)

// call is asked before every simple command, function and built-in, and may
// put another command in its place. It is where traps run between commands and
// where our built-ins come in.
func (s *session) call(ctx context.Context, args []string) ([]string, error) {
	hc := interp.HandlerCtx(ctx)
	if s.traps.pending() && !s.inSubshell(hc) {
		if actions := s.traps.take(); actions != "" {
			return []string{"eval", actions + "\n" + rewrite.Quoted(args)}, nil
		}
	}
	if args[0] == "command" && len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		if _, ours := builtins()[args[1]]; ours {
			args = args[1:] // a function of the name is to be passed by
			return append([]string{rewrite.Prefix + args[0]}, args[1:]...), nil
		}
		return args, nil
	}
	if s.runner.Funcs[args[0]] != nil {
		return args, nil
	}
	switch args[0] {
	case "eval":
		return []string{"eval", rewrite.Text(strings.Join(args[1:], " "))}, nil
	case ".", "source":
		s.sourcing.Store(true) // open sees to it
	case "exec", "set":
		if len(args) == 1 && args[0] == "exec" {
			return args, nil // only redirections, which the library keeps
		}
		if len(args) > 1 && args[0] == "set" {
			return args, nil
		}
	}
	if _, ours := builtins()[args[0]]; ours {
		return append([]string{rewrite.Prefix + args[0]}, args[1:]...), nil
	}
	return args, nil
}

// exec runs what is neither a function nor a built-in of the library.
func (s *session) exec(ctx context.Context, args []string) error {
	c := &command{s: s, hc: interp.HandlerCtx(ctx), ctx: ctx}
	if name, ok := strings.CutPrefix(args[0], rewrite.Prefix); ok {
		if f, ok := internals()[name]; ok {
			return f(c, args[1:])
		}
		if f, ok := builtins()[name]; ok {
			return f(c, args[1:])
		}
	}
	return c.run(args)
}

// at is a path as this process reaches it. The library counts from the path
// that it believes the shell to be at; where that is the process' own place,
// the path is made relative to it, so that it leads there even if the place has
// no path any more.
func (s *session) at(dir, path string) string {
	if rest, ok := strings.CutPrefix(path, nowhere); ok && s.place == nowhere {
		return "." + rest
	}
	if s.stands(dir) {
		return path
	}
	if !filepath.IsAbs(path) {
		return filepath.Join(dir, path)
	}
	return path
}

// stands reports whether a directory of the library's is where this process
// stands, as it is except in a subshell that has changed it.
func (s *session) stands(dir string) bool { return dir == s.place }

// open opens the file of a redirection or of `.`. The library passes the mode
// 0644; POSIX has the umask decide alone.
func (s *session) open(ctx context.Context, path string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	if meant, ok := strings.CutSuffix(path, rewrite.Reading); ok {
		path, flag = meant, os.O_RDONLY
	}
	f, err := os.OpenFile(s.at(hc.Dir, path), flag, 0o666)
	if err != nil {
		what := "sh: can't open"
		if flag&os.O_CREATE != 0 {
			what = "sh: can't create"
		}
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, &os.PathError{Op: what, Path: path, Err: spelled{err}}
	}
	if s.sourcing.CompareAndSwap(true, false) {
		return s.sourced(f)
	}
	return f, nil
}

// sourced is the file of a `.` command, rewritten.
func (s *session) sourced(f *os.File) (io.ReadWriteCloser, error) {
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return source{strings.NewReader(rewrite.Text(string(text)))}, nil
}

type source struct{ io.Reader }

func (source) Write([]byte) (int, error) { return 0, os.ErrInvalid }
func (source) Close() error              { return nil }

// readDir serves patterns such as *.
func (s *session) readDir(ctx context.Context, path string) ([]fs.DirEntry, error) {
	return os.ReadDir(s.at(interp.HandlerCtx(ctx).Dir, path))
}

// stat serves the tests of `[`.
func (s *session) stat(ctx context.Context, name string, follow bool) (fs.FileInfo, error) {
	hc := interp.HandlerCtx(ctx)
	if follow {
		return os.Stat(s.at(hc.Dir, name))
	}
	return os.Lstat(s.at(hc.Dir, name))
}

func (s *session) access(ctx context.Context, path string, mode interp.AccessMode) error {
	return interp.DefaultAccessHandler()(ctx, s.at(interp.HandlerCtx(ctx).Dir, path), mode)
}
