// Package layer turns the layers of a container image into directories that
// overlayfs can stack, and the directory a container has written to back into a
// layer.
//
// A layer travels as a tar archive (OCI image-spec, layer.md). What it removes
// from the layers below stands in it as files with reserved names: `.wh.NAME`, a
// whiteout, hides NAME, and `.wh..wh..opq` hides everything its directory had.
// overlayfs expresses the same two facts its own way: a whiteout is a character
// device with number 0/0, and a directory that hides what lies below carries the
// extended attribute `trusted.overlay.opaque` with value "y", or, for an overlay
// that an ordinary user mounts, `user.overlay.opaque`. Apply translates
// the first form into the second, Diff the second into the first, and
// OverlayOptions stacks the result.
//
// A layer is written by a stranger, so every path in it is resolved by the
// kernel beneath the layer's own directory (see beneath.go), and an archive that
// grows past Limits is refused.
//
// The package knows nothing of images, digests of manifests or registries: that
// is package image.
package layer

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// DiffID names a layer by its content: "sha256:" and the hexadecimal digest of
// the uncompressed tar archive (OCI image-spec config.md, Layer DiffID).
type DiffID string

// Names that OCI image-spec layer.md, Representing Changes, reserves.
const (
	whiteoutPrefix = ".wh."
	opaqueMarker   = ".wh..wh..opq"
	// aufsPrefix starts the names of aufs, the file system whiteouts come from.
	// Old images hold some (.wh..wh.plnk); they mean nothing outside aufs.
	aufsPrefix = ".wh..wh."
)

// Limits protect the disk and the memory from an archive that is small on the
// wire and huge when unpacked. A zero field means its default.
type Limits struct {
	Bytes   int64 // of the uncompressed archive, and of the files' content
	Entries int   // files, directories, links and whiteouts
	Ratio   int64 // uncompressed to compressed bytes, judged above RatioFloor

	ratioFloor int64 // instead of RatioFloor, for tests: so much takes time
}

// The defaults of Limits. gzip cannot exceed 1032:1 and real layers stay below
// 20:1, but a preallocated database of zeros is legitimate, so the ratio counts
// only above RatioFloor bytes.
const (
	DefaultMaxBytes   int64 = 64 << 30
	DefaultMaxEntries       = 2 << 20
	DefaultMaxRatio   int64 = 250
	RatioFloor        int64 = 256 << 20
)

// ApplyOptions steer Apply. The zero value suits a process that is root in the
// initial user namespace.
type ApplyOptions struct {
	// UserXattr keeps overlayfs's marks in user.overlay.* alone; the overlay must
	// be mounted with option userxattr. See the function UserXattr for when it is
	// needed. Without it the marks stand in trusted.overlay.* too, so that root
	// and an ordinary user's overlay read the same directory.
	UserXattr bool
	// DiffID is what the archive must hash to; "" accepts any.
	DiffID DiffID
	// Limits the archive must keep.
	Limits Limits
	// ReadAhead has another goroutine read and uncompress the archive. It must come
	// from where nobody is waited for, as from a file: an error in it is told no
	// sooner than the read that is under way has ended.
	ReadAhead bool
	// Sync brings the files to the disk before the directory gets its name, so
	// that a power cut leaves a whole layer or none.
	Sync bool
}

// Result tells what Apply unpacked, and what it could not keep. Losses are
// normal for an ordinary user, who may neither give files away nor make devices.
type Result struct {
	DiffID  DiffID
	Entries int   // entries of the archive
	Size    int64 // bytes of the files' content, hard links counted once

	OwnersLost     int // entries that now belong to the caller instead of their owner
	DevicesSkipped int // device nodes that were not made
	XattrsSkipped  int // extended attributes that were not set
	ModesChanged   int // directories made writable for their owner, set-id bits dropped

	// Notes says the same in sentences, at most maxNotes of them.
	Notes []string
}

// maxNotes bounds Result.Notes: a stranger's archive must not fill the memory.
const maxNotes = 20

func (r *Result) note(format string, args ...any) {
	if len(r.Notes) < maxNotes {
		r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
	}
}

// Errors that Apply and Diff wrap; the message around them names the entry.
var (
	// ErrUnsafePath: an entry leads, or would lead, outside the layer.
	ErrUnsafePath = errors.New("path leads outside the layer")
	// ErrReservedName: a name starts with ".wh." where no whiteout can stand.
	ErrReservedName = errors.New("name is reserved for whiteouts")
	// ErrDiffID: the archive is not the one it was said to be.
	ErrDiffID = errors.New("layer content does not match its digest")
)

// LimitError reports an archive that exceeds one of the Limits.
type LimitError struct {
	What  string // "bytes", "entries" or "compression ratio"
	Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("layer exceeds the limit of %d %s", e.Limit, e.What)
}

// initialUserNamespace is the inode number of the user namespace the machine
// booted with: PROC_USER_INIT_INO in the kernel's include/linux/proc_ns.h.
const initialUserNamespace = 0xEFFFFFFD

// UserXattr reports whether this process must use user.overlay.* attributes.
// trusted.* is for holders of CAP_SYS_ADMIN in the initial user namespace alone
// (xattr(7)); the root of any other user namespace is not that.
func UserXattr() bool {
	if os.Geteuid() != 0 {
		return true
	}
	var ns unix.Stat_t
	if err := unix.Stat("/proc/self/ns/user", &ns); err != nil {
		return false // no user namespaces in this kernel: root is root
	}
	return ns.Ino != initialUserNamespace
}
