package text

import (
	"bufio"
	"io"
	"os"

	"drydock/cmd/box/applet"
)

// eachFile calls work with every named file, "-" and no name at all standing
// for standard input. A file that cannot be opened or read is reported and the
// rest is done; the status says so.
func eachFile(e *applet.Env, names []string, work func(name string, r io.Reader) error) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := applet.OK
	for _, name := range names {
		if err := oneFile(e, name, work); err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

func oneFile(e *applet.Env, name string, work func(string, io.Reader) error) error {
	if name == "-" {
		return work(name, e.In)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return work(name, f)
}

// eachLine calls work with every line of every named file, without its end,
// until work returns false.
func eachLine(e *applet.Env, names []string, work func(line string) bool) int {
	return eachFile(e, names, func(_ string, r io.Reader) error {
		return lines(r, func(line string, _ bool) bool { return work(line) })
	})
}

// lines calls work with each line of r and whether a newline ended it, which
// the last one may lack. Lines may be of any length.
func lines(r io.Reader, work func(line string, ended bool) bool) error {
	b := bufio.NewReaderSize(r, 32<<10)
	for {
		line, err := b.ReadString('\n')
		ended := err == nil
		if ended {
			line = line[:len(line)-1]
		}
		if (ended || line != "") && !work(line, ended) {
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
