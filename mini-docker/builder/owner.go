package builder

import (
	"archive/tar"
	"os"
)

// ownIsRoot takes what belongs to this process for root's: an ordinary user's
// layers belong to that user on the disk, and to root in the container.
func ownIsRoot(header *tar.Header) {
	if header.Uid == os.Geteuid() {
		header.Uid = 0
	}
	if header.Gid == os.Getegid() {
		header.Gid = 0
	}
}
