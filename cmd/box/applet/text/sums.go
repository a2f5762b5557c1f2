package text

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"drydock/cmd/box/applet"
)

func md5sum(e *applet.Env, args []string) int    { return sum(e, args, md5.New) }
func sha256sum(e *applet.Env, args []string) int { return sum(e, args, sha256.New) }

// sum prints checksums, or compares those in a list with the files.
func sum(e *applet.Env, args []string, make func() hash.Hash) int {
	f, names, status, ok := e.Flags(args, "c|check b t")
	if !ok {
		return status
	}
	of := func(r io.Reader) (string, error) {
		h := make()
		_, err := io.Copy(h, r)
		return hex.EncodeToString(h.Sum(nil)), err
	}
	if !f.Has("c") {
		return eachFile(e, names, func(name string, r io.Reader) error {
			digest, err := of(r)
			if err == nil {
				e.Out.WriteString(digest + "  " + name + "\n")
			}
			return err
		})
	}
	return compare(e, names, of)
}

// compare reads lists of checksums and says which files still have theirs.
func compare(e *applet.Env, names []string, of func(io.Reader) (string, error)) int {
	wrong := 0
	status := eachLine(e, names, func(line string) bool {
		want, name, ok := strings.Cut(line, "  ")
		if !ok {
			return true
		}
		got := ""
		err := oneFile(e, name, func(_ string, r io.Reader) (err error) {
			got, err = of(r)
			return err
		})
		switch {
		case err != nil:
			wrong++
			e.Fail(name, err)
		case got != want:
			wrong++
			e.Out.WriteString(name + ": FAILED\n")
		default:
			e.Out.WriteString(name + ": OK\n")
		}
		return true
	})
	if wrong > 0 {
		return e.Complain(fmt.Sprintf("%d of the checksums did not match", wrong))
	}
	return status
}

// hexdump -C shows bytes, sixteen a line, with their characters.
func hexdump(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "C n|length: v")
	if !ok {
		return status
	}
	if !f.Has("C") {
		return e.Misuse("only the form with -C is supported")
	}
	most, ok := e.Int(f, "n", -1)
	if !ok {
		return applet.Misused
	}
	offset := 0
	status = dump(e, names, most, func(at int, b []byte) string {
		offset = at + len(b)
		var left strings.Builder
		for i := range 16 {
			if i == 8 {
				left.WriteByte(' ')
			}
			if i < len(b) {
				fmt.Fprintf(&left, "%02x ", b[i])
			} else {
				left.WriteString("   ")
			}
		}
		return fmt.Sprintf("%08x  %s |%s|\n", at, left.String(), visible(b))
	})
	if offset > 0 {
		fmt.Fprintf(e.Out, "%08x\n", offset)
	}
	return status
}

// xxd shows bytes in pairs.
func xxd(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "l|len:")
	if !ok {
		return status
	}
	most, ok := e.Int(f, "l", -1)
	if !ok {
		return applet.Misused
	}
	return dump(e, names, most, func(at int, b []byte) string {
		var left strings.Builder
		for i := range b {
			fmt.Fprintf(&left, "%02x", b[i])
			if i%2 == 1 {
				left.WriteByte(' ')
			}
		}
		return fmt.Sprintf("%08x: %-40s %s\n", at, left.String(), visible(b))
	})
}

// dump prints its input in pieces of sixteen bytes, at most most in all.
func dump(e *applet.Env, names []string, most int, line func(at int, b []byte) string) int {
	at := 0
	return eachFile(e, names, func(_ string, r io.Reader) error {
		if most >= 0 {
			r = io.LimitReader(r, int64(most-at))
		}
		buf := make([]byte, 16)
		for {
			n, err := io.ReadFull(r, buf)
			if n > 0 {
				e.Out.WriteString(line(at, buf[:n]))
				at += n
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

func visible(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if out[i] = c; c < ' ' || c > '~' {
			out[i] = '.'
		}
	}
	return string(out)
}
