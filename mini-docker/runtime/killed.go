package runtime

import (
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrKilledByFilter says that the container's own seccomp profile kept it from
// executing its command.
var ErrKilledByFilter = errors.New("the seccomp profile killed the container before it had executed its command: " +
	"allow what starting it takes, or run it with seccomp=unconfined")

// patience is how often awaitCommand looks. A command is executed within far
// less, so that no ordinary start gets as far.
const patience = 100 * time.Millisecond

// awaitCommand waits for what the first process says of executing the command.
//
// With SCMP_ACT_KILL a profile ends one thread, the one that was about to
// execute the command. The Go runtime's others, which started before the filter
// was there, live on and hold the socket open: nobody would ever hear of it. See
// seccomp(2), SECCOMP_RET_KILL_THREAD.
func awaitCommand(connection *net.UnixConn, pid int) (initReply, bool, error) {
	isDead := false
	for {
		if err := connection.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return initReply{}, false, err
		}
		reply, _, hung, err := receiveReply(connection)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return reply, hung, err
		}
		// Seen dead, and the socket still open after that: threads are left, and
		// as long as they are the number is theirs.
		if isDead {
			return initReply{}, false, errors.Join(ErrKilledByFilter, unix.Kill(pid, unix.SIGKILL))
		}
		_, err = startTime(pid)
		isDead = errors.Is(err, unix.ESRCH)
	}
}
