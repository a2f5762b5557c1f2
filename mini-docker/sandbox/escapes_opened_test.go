package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// throughDescriptors opens what any process has open once more (CVE-2016-9962,
// CVE-2024-21626).
func throughDescriptors(o outsider) error {
	links, _ := filepath.Glob("/proc/[0-9]*/task/*/fd/*")
	if len(links) < 6 {
		return nil // it did not even see its own
	}
	for _, link := range links {
		for _, flags := range []int{unix.O_PATH, unix.O_RDONLY | unix.O_NONBLOCK, unix.O_RDWR | unix.O_NONBLOCK} {
			fd, err := unix.Open(link, flags|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
			if err != nil {
				continue
			}
			out := leadsOut(fd, o)
			unix.Close(fd)
			if out {
				target, _ := os.Readlink(link)
				fmt.Println(link, "is", target)
				return nil
			}
		}
	}
	return errHeld
}

// throughDescriptorsOfInit has process 1 hand over what it has open, as who
// traces it could. See pidfd_getfd(2).
func throughDescriptorsOfInit(o outsider) error {
	pidfd, err := unix.PidfdOpen(1, 0)
	if err != nil {
		return err
	}
	for number := range 256 {
		fd, err := unix.PidfdGetfd(pidfd, number, 0)
		if err != nil {
			continue
		}
		if leadsOut(fd, o) {
			return nil
		}
	}
	return errHeld
}

// throughMagicLinks follows what the kernel says that a process has for its root,
// its working directory, its program, and its mapped files.
func throughMagicLinks(o outsider) error {
	for _, pattern := range []string{"/proc/[0-9]*/root", "/proc/[0-9]*/cwd", "/proc/[0-9]*/task/*/root", "/proc/[0-9]*/task/*/cwd"} {
		links, _ := filepath.Glob(pattern)
		for _, link := range links {
			for _, way := range []string{"", strings.Repeat("/..", 40)} {
				if _, err := os.Stat(link + way + o.Marker); err == nil {
					return nil
				}
			}
		}
	}
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	mapped, _ := filepath.Glob("/proc/[0-9]*/map_files/*")
	for _, link := range append(programs, mapped...) {
		fd, err := unix.Open(link, unix.O_WRONLY|unix.O_CLOEXEC, 0) // CVE-2019-5736
		if err == nil {
			if leadsOut(fd, o) {
				return nil
			}
			unix.Close(fd)
		}
	}
	return errHeld
}
