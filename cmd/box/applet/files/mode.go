package files

import (
	"golang.org/x/sys/unix"
)

// typeLetter is the first letter of ls -l: what kind of file a mode says it is.
// See inode(7).
func typeLetter(mode uint32) byte {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return 'd'
	case unix.S_IFLNK:
		return 'l'
	case unix.S_IFCHR:
		return 'c'
	case unix.S_IFBLK:
		return 'b'
	case unix.S_IFIFO:
		return 'p'
	case unix.S_IFSOCK:
		return 's'
	}
	return '-'
}

// typeName is what stat calls the kind of a file.
func typeName(st *unix.Stat_t) string {
	switch typeLetter(st.Mode) {
	case 'd':
		return "directory"
	case 'l':
		return "symbolic link"
	case 'c':
		return "character special file"
	case 'b':
		return "block special file"
	case 'p':
		return "fifo"
	case 's':
		return "socket"
	}
	if st.Size == 0 {
		return "regular empty file"
	}
	return "regular file"
}

// modeString writes a mode as ls -l does: "drwxr-xr-t".
func modeString(mode uint32) string {
	text := []byte{typeLetter(mode), '-', '-', '-', '-', '-', '-', '-', '-', '-'}
	for i, letter := range []byte("rwxrwxrwx") {
		if mode&(1<<(8-i)) != 0 {
			text[i+1] = letter
		}
	}
	// The three special bits share a place with an x, and are written in upper
	// case where that is not set.
	for _, special := range []struct {
		bit     uint32
		at      int
		letters string
	}{{unix.S_ISUID, 3, "sS"}, {unix.S_ISGID, 6, "sS"}, {unix.S_ISVTX, 9, "tT"}} {
		if mode&special.bit == 0 {
			continue
		}
		if text[special.at] == 'x' {
			text[special.at] = special.letters[0]
		} else {
			text[special.at] = special.letters[1]
		}
	}
	return string(text)
}
