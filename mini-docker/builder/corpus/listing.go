package corpus

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// Listing reads a tar archive of a whole file system and tells all of each file but
// its times, a line each, sorted by name.
func Listing(r io.Reader) ([]string, error) {
	var lines []string
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(lines)
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		what := string(header.Typeflag)
		switch header.Typeflag {
		case tar.TypeReg:
			sum := sha256.New()
			if _, err := io.Copy(sum, archive); err != nil {
				return nil, err
			}
			what = fmt.Sprintf("%d %x", header.Size, sum.Sum(nil)[:4])
		case tar.TypeSymlink:
			header.Mode = 0o777
			what = "-> " + header.Linkname
		case tar.TypeLink:
			what = "=> " + path.Join("/", header.Linkname)
		case tar.TypeDir:
			what = "directory"
		}
		lines = append(lines, fmt.Sprintf("%s %04o %d:%d %s", strings.TrimSuffix(path.Join("/", header.Name), "/"), header.Mode&0o7777, header.Uid, header.Gid, what))
	}
}

// ListFile is Listing of a file.
func ListFile(name string) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Listing(file)
}
