package text

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"drydock/cmd/box/applet"
)

// countFlag turns the old form -5 into -n 5.
func countFlag(args []string) []string {
	var out []string
	for _, arg := range args {
		if n, err := strconv.Atoi(strings.TrimPrefix(arg, "-")); err == nil && n >= 0 && strings.HasPrefix(arg, "-") {
			out = append(out, "-n", strconv.Itoa(n))
		} else {
			out = append(out, arg)
		}
	}
	return out
}

// title prints the line above each of several files.
func title(e *applet.Env, names []string, name string, first *bool) {
	if len(names) < 2 {
		return
	}
	if !*first {
		e.Out.WriteString("\n")
	}
	*first = false
	e.Out.WriteString("==> " + name + " <==\n")
}

// head prints the first lines or bytes. See head(1).
func head(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(countFlag(args), "n|lines: c|bytes: q v")
	if !ok {
		return status
	}
	count, ok1 := e.Int(f, "n", 10)
	size, ok2 := e.Int(f, "c", -1)
	if !ok1 || !ok2 {
		return applet.Misused
	}
	first := true
	return eachFile(e, names, func(name string, r io.Reader) error {
		title(e, names, name, &first)
		if size >= 0 {
			_, err := io.CopyN(e.Out, r, int64(size))
			if err == io.EOF {
				err = nil
			}
			return err
		}
		if count < 0 { // all but the last so many
			return allBut(e, r, -count)
		}
		left := count
		if left == 0 {
			return nil
		}
		return lines(r, func(line string, ended bool) bool {
			writeLine(e, line, ended)
			left--
			return left > 0
		})
	})
}

func allBut(e *applet.Env, r io.Reader, n int) error {
	var held []string
	return lines(r, func(line string, _ bool) bool {
		if held = append(held, line); len(held) > n {
			e.Out.WriteString(held[0] + "\n")
			held = held[1:]
		}
		return true
	})
}

func writeLine(e *applet.Env, line string, ended bool) {
	e.Out.WriteString(line)
	if ended {
		e.Out.WriteString("\n")
	}
}

// tail prints the last lines or bytes, and with -f what is added. See tail(1).
func tail(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(countFlag(args), "n|lines: c|bytes: f|follow F q v")
	if !ok {
		return status
	}
	unit, value := byte('n'), f.Value("n", "10")
	if f.Has("c") {
		unit, value = 'c', f.Value("c", "")
	}
	fromStart := strings.HasPrefix(value, "+")
	count, err := strconv.Atoi(strings.TrimLeft(value, "+-"))
	if err != nil {
		return e.Misuse("invalid number '" + value + "'")
	}
	first := true
	status = eachFile(e, names, func(name string, r io.Reader) error {
		title(e, names, name, &first)
		if fromStart {
			return skip(e, r, unit, count-1)
		}
		return last(e, r, unit, count)
	})
	if !f.Has("f") && !f.Has("F") || status != applet.OK {
		return status
	}
	if len(names) != 1 {
		return e.Misuse("-f wants one file")
	}
	return follow(context.Background(), e, names[0])
}

// skip prints all but the first n lines or bytes.
func skip(e *applet.Env, r io.Reader, unit byte, n int) error {
	if unit == 'c' {
		if _, err := io.CopyN(io.Discard, r, int64(max(0, n))); err != nil && err != io.EOF {
			return err
		}
		return copyAsRead(e.Out, r)
	}
	return lines(r, func(line string, ended bool) bool {
		if n--; n < 0 {
			writeLine(e, line, ended)
		}
		return true
	})
}

// last prints the last n lines or bytes. It holds no more than it may print.
func last(e *applet.Env, r io.Reader, unit byte, n int) error {
	if unit == 'c' {
		all, err := io.ReadAll(r)
		e.Out.Write(all[max(0, len(all)-n):])
		return err
	}
	var held []string
	whole := true
	err := lines(r, func(line string, ended bool) bool {
		whole = ended
		if held = append(held, line); len(held) > n {
			held = held[1:]
		}
		return true
	})
	for i, line := range held {
		writeLine(e, line, whole || i < len(held)-1)
	}
	return err
}

// follow prints what is added to a file until ctx ends. A file that became
// shorter is read from its start again.
func follow(ctx context.Context, e *applet.Env, name string) int {
	f, err := os.Open(name)
	if err != nil {
		return e.Fail(name, err)
	}
	defer f.Close()
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return e.Fail(name, err)
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := e.Out.Flush(); err != nil {
			return applet.Failed
		}
		select {
		case <-ctx.Done():
			return applet.OK
		case <-tick.C:
		}
		info, err := f.Stat()
		if err != nil {
			return e.Fail(name, err)
		}
		if info.Size() < at {
			f.Seek(0, io.SeekStart)
			at = 0
		}
		n, err := io.Copy(e.Out, f)
		at += n
		if err != nil {
			return e.Fail(name, err)
		}
	}
}
