package layer

import (
	"archive/tar"
	"bytes"
	"strings"

	"golang.org/x/sys/unix"
)

// A sparse file is larger than what is written of it: a table of logins by user
// number, the disk of a virtual machine. tar tells where its holes are, and here they
// become holes again, which take no room and no time.

// isSparse says whether a file of an archive has holes: in GNU's old form, or in one
// of the three that PAX records tell of.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// sparseWriter writes a file's content but for its zeros: what comes as nothing but
// zeros is left out.
type sparseWriter struct {
	fd int
	at int64
}

func (s *sparseWriter) Write(p []byte) (written int, err error) {
	if isZero(p) {
		s.at += int64(len(p))
		return len(p), nil
	}
	for written < len(p) {
		n, err := unix.Pwrite(s.fd, p[written:], s.at)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written, s.at = written+n, s.at+int64(n)
	}
	return written, nil
}

var zeroes [64 << 10]byte

func isZero(p []byte) bool {
	for len(p) > len(zeroes) {
		if !bytes.Equal(p[:len(zeroes)], zeroes[:]) {
			return false
		}
		p = p[len(zeroes):]
	}
	return bytes.Equal(p, zeroes[:len(p)])
}
