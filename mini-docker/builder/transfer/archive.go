package transfer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"drydock/mini-docker/layer"
)

// isArchive says whether a file is a tar archive, packed or not: its content tells,
// not its name, as with Docker.
func isArchive(files fs.FS, name string) (bool, error) {
	file, err := files.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	plain, err := layer.Uncompress(file)
	if err != nil {
		return false, nil //nolint:nilerr // it is a file like any other
	}
	defer plain.Close()
	_, err = tar.NewReader(plain).Next()
	return err == nil, nil
}

// unpack writes what an archive holds, below a directory. What is there already
// stays, and parents are looked up in the image, where /lib may be a link. As with
// BuildKit, modes are the archive's, and directories that it does not name are root's.
func (p *packer) unpack(from, to string) error {
	if err := p.ancestors(to, p.give); err != nil {
		return err
	}
	file, err := p.From.Files.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := layer.NewReader(p.ctx, file, layer.Limits{})
	if err != nil {
		return err
	}
	defer plain.Close()
	made := map[string]bool{} // what the archive itself has put somewhere, and is no directory
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = p.member(header, archive, to, made)
		}
		if err != nil {
			return err
		}
	}
}

// member writes one entry of an archive.
func (p *packer) member(header *tar.Header, content io.Reader, to string, made map[string]bool) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := p.placed(header.Name, to, made)
	if err != nil {
		return err
	}
	if name == to && header.Typeflag == tar.TypeDir {
		return nil // the destination stays as it is
	}
	own := *header
	own.Name = name
	//lint:ignore SA1019 the PAXRecords have them as well, and the writer wants them once
	own.Xattrs = nil
	if header.Typeflag == tar.TypeLink {
		if own.Linkname, err = p.placed(header.Linkname, to, made); err != nil {
			return fmt.Errorf("hard link %s: %w", header.Name, err)
		}
	}
	p.give(&own)
	own.Uname, own.Gname = "", ""
	own.PAXRecords = xattrs(header.PAXRecords)
	if own.Typeflag == tar.TypeGNUSparse {
		own.Typeflag = tar.TypeReg
	}
	if own.Typeflag != tar.TypeDir {
		made[name] = true
	}
	if err := p.ancestors(path.Dir(name), func(*tar.Header) {}); err != nil {
		return err
	}
	if err := p.header(&own); err != nil || own.Typeflag != tar.TypeReg {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{p.archive}, struct{ io.Reader }{content}, p.buffer)
	return err
}

// placed is where a name of an archive lies in the layer.
func (p *packer) placed(name, to string, made map[string]bool) (string, error) {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return "", fmt.Errorf("%s: %w", name, layer.ErrUnsafePath)
	}
	local := path.Join(to, name)
	parent := path.Dir(local)
	for dir := parent; dir != "."; dir = path.Dir(dir) {
		if made[dir] {
			return local, nil // the archive's own link leads on: unpacking heeds it
		}
	}
	resolved, err := p.Into.Resolve(parent)
	if err != nil || local == "." {
		return local, err
	}
	return path.Join(resolved, path.Base(local)), nil
}

// xattrs are the records of an entry that are extended attributes.
func xattrs(records map[string]string) map[string]string {
	kept := map[string]string{}
	for key, value := range records {
		if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok && layer.IsPortable(name) {
			kept[key] = value
		}
	}
	return kept
}
