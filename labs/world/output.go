package world

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// output takes what a command prints that nobody reads along with. It is a file,
// not a pipe, which a process in the background would keep open or die of; and a
// file without a name, which leads nowhere and is gone with the last who has it.
// See memfd_create(2).
type output struct{ *os.File }

func newOutput(name string) (output, error) {
	fd, err := unix.MemfdCreate("drydock-"+name, unix.MFD_CLOEXEC)
	if err != nil {
		return output{}, fmt.Errorf("making a file for what is printed: %w", err)
	}
	return output{os.NewFile(uintptr(fd), name)}, nil
}

// mostOutput is more than anything prints that is asked for here.
const mostOutput = 4 << 20

// text is what was printed, as far as it is of use: a process in the sandbox may
// go on printing.
func (o output) text() (string, error) {
	text, err := io.ReadAll(io.NewSectionReader(o.File, 0, mostOutput))
	return string(text), err
}
