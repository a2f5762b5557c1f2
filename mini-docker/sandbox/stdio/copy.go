package stdio

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// output copies what a command prints.
type output struct {
	to, from *os.File
	done     chan struct{}
}

// copyOut copies to the caller's file until finish.
func copyOut(to, from *os.File) *output {
	o := &output{to, from, make(chan struct{})}
	go func() {
		defer close(o.done)
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				if _, err := to.Write(buffer[:n]); err != nil {
					from.Close() // so that the command hears of it (EPIPE)
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return o
}

// finish copies what was printed before the command's end, and no more: a
// process in the background may go on for ever.
func (o *output) finish() {
	o.from.SetReadDeadline(time.Unix(1, 0))
	<-o.done
	defer o.from.Close()
	o.from.SetReadDeadline(time.Time{})
	connection, err := o.from.SyscallConn()
	if err != nil {
		return
	}
	buffer := make([]byte, 32<<10)
	connection.Read(func(fd uintptr) bool {
		for {
			n, err := unix.Read(int(fd), buffer) // which does not block
			if err == unix.EINTR {
				continue
			}
			if n <= 0 {
				return true
			}
			if _, err := o.to.Write(buffer[:n]); err != nil {
				return true
			}
		}
	})
}

// input copies what a command reads.
type input struct {
	to   *os.File
	wake *os.File
	done chan struct{}
}

// feed copies from the caller's file until that ends, or until finish, and calls
// ended then, which is told whether it was the file that ended. It reads only what
// is there: what comes after the command's end is not for it.
func (l *Loan) feed(from, to *os.File, ended func(byItself bool)) error {
	stop, wake, err := os.Pipe()
	if err != nil {
		return err
	}
	i := &input{to, wake, make(chan struct{})}
	l.inputs = append(l.inputs, i)
	go func() {
		defer close(i.done)
		defer stop.Close()
		byItself := false
		defer func() { ended(byItself) }()
		buffer := make([]byte, 32<<10)
		for readable(from, stop) {
			n, err := from.Read(buffer)
			if n > 0 {
				if _, err := to.Write(buffer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				byItself = true
				return
			}
		}
	}()
	return nil
}

// readable waits until there is something to read, or its end. It returns false
// if it is to stop.
func readable(from, stop *os.File) bool {
	poll := []unix.PollFd{
		{Fd: int32(from.Fd()), Events: unix.POLLIN},
		{Fd: int32(stop.Fd()), Events: unix.POLLIN},
	}
	for {
		_, err := unix.Poll(poll, -1)
		if err != unix.EINTR {
			return err == nil && poll[1].Revents == 0
		}
	}
}

func (i *input) finish() {
	i.wake.Close()
	i.to.SetWriteDeadline(time.Unix(1, 0)) // nobody will read it
	<-i.done
}
