package namespace

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// LimitError says that the kernel gives no further namespace. It says so with
// ENOSPC, as of a full disk, which is why this error does not unwrap to that.
type LimitError struct {
	Settings []string // that allow none at all, as sysctl(8) names them
}

func (e *LimitError) Error() string {
	if len(e.Settings) == 0 {
		return "there are as many namespaces as the kernel allows: end some, " +
			"or raise the limits that `sysctl -a --pattern user.max` shows"
	}
	text := "the kernel allows no further namespace: raise the limit with `sudo sysctl -w"
	for _, setting := range e.Settings {
		text += " " + setting + "=15000"
	}
	return text + "`"
}

// CloneError explains why clone(2) gave no process in new namespaces. Limits on
// namespaces count for each user, in the user namespace and in all around it:
// the setting that is reached need not be one that shows in root, a view of the
// whole file system. See namespaces(7), The /proc/sys/user directory.
func CloneError(err error, root fs.FS) error {
	// EUSERS: said of user namespaces before Linux 4.9.
	if !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EUSERS) {
		return err
	}
	limit := &LimitError{}
	files, globErr := fs.Glob(root, "proc/sys/user/max_*_namespaces")
	if globErr != nil {
		return errors.Join(err, globErr)
	}
	for _, file := range files {
		if text, err := fs.ReadFile(root, file); err == nil && strings.TrimSpace(string(text)) == "0" {
			limit.Settings = append(limit.Settings, "user."+path.Base(file))
		}
	}
	return limit
}
