package runtime

import (
	"errors"

	"golang.org/x/sys/unix"
)

// dieWithParent has the kernel kill this process when its creator dies, if that
// was asked for. A change of user undoes it, so it is called again after one.
// See PR_SET_PDEATHSIG(2const).
func (c *container) dieWithParent() error {
	if !c.request.DieWithParent {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	// Had the creator died before this, no signal would ever come. It holds its
	// end of the socket open for as long as it lives.
	poll := []unix.PollFd{{Fd: int32(c.setup.Fd())}}
	if _, err := unix.Poll(poll, 0); err != nil && err != unix.EINTR {
		return err
	}
	if poll[0].Revents&unix.POLLHUP != 0 {
		return errors.New("the process that created the container is gone")
	}
	return nil
}
