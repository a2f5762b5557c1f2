package text

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
)

// tee copies its input to its output and to files. See tee(1).
func tee(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "a|append i")
	if !ok {
		return status
	}
	flag := os.O_TRUNC
	if f.Has("a") {
		flag = os.O_APPEND
	}
	var files []*os.File
	for _, name := range names {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flag, 0o666)
		if err != nil {
			status = e.Fail(name, err)
			continue
		}
		defer file.Close()
		files = append(files, file)
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := e.In.Read(buf)
		e.Out.Write(buf[:n])
		e.Out.Flush()
		for _, file := range files {
			if _, err := file.Write(buf[:n]); err != nil {
				status = e.Fail(file.Name(), err)
			}
		}
		if err == io.EOF {
			return status
		}
		if err != nil {
			return e.Fail("reading", err)
		}
	}
}

// yes prints a line until nobody reads it.
func yes(e *applet.Env, args []string) int {
	text := "y"
	if len(args) > 0 {
		text = strings.Join(args, " ")
	}
	block := bytes.Repeat([]byte(text+"\n"), 1+4096/(len(text)+1))
	for {
		if _, err := e.Out.Write(block); err != nil {
			return e.Fail("write error", err)
		}
	}
}

// seq prints numbers. See seq(1).
func seq(e *applet.Env, args []string) int {
	f, args, status, ok := numbersFlags(e, args)
	if !ok {
		return status
	}
	if len(args) < 1 || len(args) > 3 {
		return e.Misuse("want one to three numbers")
	}
	values := []float64{1, 1, 0}
	places := 0
	for i, at := range map[int][]int{1: {2}, 2: {0, 2}, 3: {0, 1, 2}}[len(args)] {
		n, err := strconv.ParseFloat(args[i], 64)
		if err != nil {
			return e.Misuse("invalid number '" + args[i] + "'")
		}
		if _, fraction, ok := strings.Cut(args[i], "."); ok && at != 2 {
			places = max(places, len(fraction))
		}
		values[at] = n
	}
	from, step, to := values[0], values[1], values[2]
	if step == 0 {
		return e.Misuse("a step of zero leads nowhere")
	}
	width := 0
	if f.Has("w") {
		width = max(len(fmt.Sprintf("%.*f", places, from)), len(fmt.Sprintf("%.*f", places, to)))
	}
	separator := f.Value("s", "\n")
	for i := 0; ; i++ {
		n := from + float64(i)*step // not summed up, so that errors are not
		if step > 0 && n > to+1e-9 || step < 0 && n < to-1e-9 {
			if i > 0 {
				e.Out.WriteString("\n")
			}
			return applet.OK
		}
		if i > 0 {
			e.Out.WriteString(separator)
		}
		if _, err := fmt.Fprintf(e.Out, "%0*.*f", width, places, n); err != nil {
			return e.Fail("write error", err)
		}
	}
}

// numbersFlags leaves negative numbers among the operands.
func numbersFlags(e *applet.Env, args []string) (applet.Flags, []string, int, bool) {
	for i, arg := range args {
		if _, err := strconv.ParseFloat(arg, 64); err == nil {
			f, rest, status, ok := e.Flags(args[:i], "s|separator: w|equal-width")
			return f, append(rest, args[i:]...), status, ok
		}
	}
	return e.Flags(args, "s|separator: w|equal-width")
}
