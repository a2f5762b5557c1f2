package runtime

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ownStreams gives the pipes that are the command's standard streams to its user,
// who could not open /dev/stdout otherwise: that name leads to the pipe, and to
// open one anew takes the rights to it that a file's owner has. Terminals have
// been given already, other files keep their owner.
func ownStreams(uid int) error {
	for stream := range 3 {
		var stat unix.Stat_t
		if err := unix.Fstat(stream, &stat); err != nil {
			return fmt.Errorf("looking at standard stream %d: %w", stream, err)
		}
		if stat.Mode&unix.S_IFMT != unix.S_IFIFO || int(stat.Uid) == uid {
			continue
		}
		// A pipe of somebody whom the user namespace does not know is none of
		// ours: whoever created the container brought it.
		err := unix.Fchown(stream, uid, -1)
		if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("giving standard stream %d to user %d: %w", stream, uid, err)
		}
	}
	return nil
}
