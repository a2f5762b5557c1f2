package text

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"

	"drydock/cmd/box/applet"
)

func gunzip(e *applet.Env, args []string) int { return zip(e, append([]string{"-d"}, args...)) }
func zcat(e *applet.Env, args []string) int   { return zip(e, append([]string{"-dc"}, args...)) }

// zip compresses files, each into one whose name ends in .gz and takes its place,
// or the other way round. With -c, and of standard input, what comes out is printed
// and the files stay. The same bytes in are the same bytes out: no name and no time
// is written. See gzip(1).
func zip(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "c|stdout d|decompress k|keep n|no-name f|force 1 9")
	if !ok {
		return status
	}
	work := compress
	if f.Has("d") {
		work = decompress
	}
	if f.Has("c") || len(names) == 0 {
		return eachFile(e, names, func(_ string, r io.Reader) error { return work(e.Out, r) })
	}
	for _, name := range names {
		to, err := zipped(name, f.Has("d"))
		if err == nil {
			err = oneFile(e, name, func(_ string, r io.Reader) error { return into(to, r, work, f.Has("f")) })
		}
		if err == nil && !f.Has("k") {
			err = os.Remove(name)
		}
		if err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

// zipped is the name of what is made of a file.
func zipped(name string, decompress bool) (string, error) {
	plain, compressed := strings.CutSuffix(name, ".gz")
	switch {
	case decompress && !compressed:
		return "", errors.New("unknown suffix: its name does not end in .gz")
	case decompress:
		return plain, nil
	case compressed:
		return "", errors.New("already has .gz suffix")
	}
	return name + ".gz", nil
}

// into writes a new file, which is gone again if it did not become whole.
func into(path string, r io.Reader, work func(io.Writer, io.Reader) error, over bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if over {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	out, err := os.OpenFile(path, flags, 0o666)
	if err != nil {
		return err
	}
	if err := errors.Join(work(out, r), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func compress(w io.Writer, r io.Reader) error {
	z := gzip.NewWriter(w)
	_, err := io.Copy(z, r)
	return errors.Join(err, z.Close())
}

func decompress(w io.Writer, r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, z)
	return err
}
