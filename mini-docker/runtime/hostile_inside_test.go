package runtime_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"drydock/mini-docker/security"

	"golang.org/x/sys/unix"
)

// lookAround looks, inside a container, for what should not be seen: wherever
// the kernel's file systems are, they have to be in their place, and what is
// masked there has to be, by what the kernel says of it.
func lookAround() {
	for _, complaint := range slices.Concat(strayFileSystems(), openMasks()) {
		fmt.Println(complaint)
	}
	fmt.Println("all is masked")
}

// strayFileSystems finds proc and sysfs mounted elsewhere.
func strayFileSystems() (complaints []string) {
	filepath.WalkDir("/", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		var stat unix.Statfs_t
		if unix.Statfs(name, &stat) != nil {
			return nil
		}
		home := map[int64]string{unix.PROC_SUPER_MAGIC: "/proc", unix.SYSFS_MAGIC: "/sys"}[int64(stat.Type)]
		if home != "" && name != home {
			complaints = append(complaints, fmt.Sprintf("%s is mounted on %s", home, name))
		}
		if home != "" {
			return fs.SkipDir
		}
		return nil
	})
	return complaints
}

// openMasks finds what is not masked, or can be written to.
func openMasks() (complaints []string) {
	for _, name := range security.MaskedPaths() {
		var stat unix.Stat_t
		if unix.Stat(name, &stat) != nil {
			continue
		}
		entries, _ := os.ReadDir(name)
		isNull := stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == unix.Mkdev(1, 3)
		isEmpty := stat.Mode&unix.S_IFMT == unix.S_IFDIR && len(entries) == 0
		if !isNull && !isEmpty {
			complaints = append(complaints, name+" is not masked")
		}
	}
	for _, name := range security.ReadonlyPaths() {
		var stat unix.Statfs_t
		if unix.Statfs(name, &stat) == nil && stat.Flags&unix.ST_RDONLY == 0 {
			complaints = append(complaints, name+" can be written to")
		}
	}
	var stat unix.Statfs_t
	if err := unix.Statfs("/proc/self", &stat); err != nil || stat.Type != unix.PROC_SUPER_MAGIC {
		complaints = append(complaints, fmt.Sprintf("/proc is not proc: %v", err))
	}
	return complaints
}
