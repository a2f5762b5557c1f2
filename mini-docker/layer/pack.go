package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// newHeader describes a file: owner by number only, since names are the image's
// affair, and no time but the last modification's. PAX keeps that to the
// nanosecond.
func (p *packer) newHeader(name string, st *unix.Stat_t) *tar.Header {
	header := &tar.Header{
		Name: name, Mode: int64(st.Mode & 0o7777), Uid: int(st.Uid), Gid: int(st.Gid),
		ModTime: time.Unix(st.Mtim.Unix()), Format: tar.FormatPAX,
	}
	if !p.notAfter.IsZero() && header.ModTime.After(p.notAfter) {
		header.ModTime = p.notAfter
	}
	// A container of an ordinary user has its user namespace, in which that user
	// is root: what they own here, root owns there.
	if header.Uid == p.euid {
		header.Uid = 0
	}
	if header.Gid == p.egid {
		header.Gid = 0
	}
	return header
}

// write adds the extended attributes and writes the header.
func (p *packer) write(parent int, name string, header *tar.Header) error {
	if err := p.xattrs(parent, name, header); err != nil {
		return err
	}
	return p.archive.WriteHeader(header)
}

// xattrs adds the extended attributes.
func (p *packer) xattrs(parent int, name string, header *tar.Header) error {
	file := procPath(parent, name)
	list, err := listXattrs(file)
	if err != nil {
		return err
	}
	for _, attr := range list {
		if attr == p.marks+"redirect" || attr == p.marks+"metacopy" {
			return fmt.Errorf("%s: the overlay kept a reference instead of content (%s): mount it with redirect_dir=off", header.Name, attr)
		}
		if !IsPortable(attr) {
			continue
		}
		value, found, err := getXattr(file, attr)
		if err != nil {
			return err
		}
		if found {
			if header.PAXRecords == nil {
				header.PAXRecords = map[string]string{}
			}
			header.PAXRecords[paxXattr+attr] = value
		}
	}
	return nil
}

// IsPortable tells the attributes that belong to a file wherever it goes, as
// Docker chooses them, from those of this machine: labels of its security module,
// access lists by its users' numbers, overlayfs's marks.
func IsPortable(attr string) bool {
	if isOverlayMark(attr) {
		return false
	}
	return attr == "security.capability" || strings.HasPrefix(attr, "user.")
}

// content copies a regular file. The descriptor is checked to be the file that
// was described: a name may change its meaning between two calls.
func (p *packer) content(parent int, c child) error {
	fd, err := unix.Openat(parent, c.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var now unix.Stat_t
	if err := unix.Fstat(fd, &now); err != nil {
		return err
	}
	if now.Ino != c.stat.Ino || now.Dev != c.stat.Dev {
		return errors.New("file was replaced while it was read")
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{p.archive}, io.LimitReader(reader{p.ctx, fd}, c.stat.Size), p.buffer)
	if err == nil && n < c.stat.Size {
		err = errors.New("file shrank while it was read")
	}
	return err
}
