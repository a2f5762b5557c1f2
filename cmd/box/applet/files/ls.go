package files

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// entry is one file that ls shows.
type entry struct {
	name, path string
	st         unix.Stat_t
	target     string // of a symbolic link, for -l
}

type lister struct {
	e             *applet.Env
	f             applet.Flags
	color         bool
	users, groups id.Table
	status        int
	printed       bool // a heading needs an empty line before it
}

// ls lists files. See ls(1).
func ls(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "1 a|all A|almost-all l i|inode d|directory F R|recursive r|reverse t S h|human-readable n color? full-time")
	if !ok {
		return status
	}
	l := &lister{e: e, f: f, color: colored(e, f)}
	if f.Has("l") && !f.Has("n") {
		l.users, l.groups = id.Users(), id.Groups()
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	var plain, dirs []entry
	for _, name := range names {
		en, err := l.look(name, name)
		if err != nil {
			l.status = e.Fail(name, err)
			continue
		}
		if l.isDir(en) && !f.Has("d") {
			dirs = append(dirs, en)
		} else {
			plain = append(plain, en)
		}
	}
	l.show(plain, false)
	for _, dir := range dirs {
		l.directory(dir.path, len(names) > 1)
	}
	return l.status
}

// colored reports whether names get colours: only a person wants them, and not
// one who says so (no-color.org).
func colored(e *applet.Env, f applet.Flags) bool {
	switch f.Value("color", "auto") {
	case "always", "":
		return true
	case "never":
		return false
	}
	return e.Out.Terminal() && os.Getenv("NO_COLOR") == ""
}

func (l *lister) look(name, path string) (entry, error) {
	en := entry{name: name, path: path}
	if err := unix.Lstat(path, &en.st); err != nil {
		return en, err
	}
	if typeLetter(en.st.Mode) == 'l' {
		en.target, _ = os.Readlink(path)
	}
	return en, nil
}

// isDir reports whether an operand is to be opened: a directory, or a link to
// one unless -l asks for the link itself.
func (l *lister) isDir(en entry) bool {
	if typeLetter(en.st.Mode) == 'l' && !l.f.Has("l") {
		var st unix.Stat_t
		return unix.Stat(en.path, &st) == nil && typeLetter(st.Mode) == 'd'
	}
	return typeLetter(en.st.Mode) == 'd'
}

func (l *lister) directory(path string, heading bool) {
	names, err := os.ReadDir(path)
	// A directory that was removed can still be open, and is empty.
	if err != nil && !os.IsNotExist(err) {
		l.status = l.e.Fail(path, err)
		return
	}
	if heading || l.f.Has("R") {
		if l.printed {
			l.e.Out.WriteString("\n")
		}
		l.e.Out.WriteString(path + ":\n")
	}
	l.printed = true
	all := []string{}
	if l.f.Has("a") {
		all = append(all, ".", "..")
	}
	for _, n := range names {
		if !strings.HasPrefix(n.Name(), ".") || l.f.Has("a") || l.f.Has("A") {
			all = append(all, n.Name())
		}
	}
	var entries []entry
	for _, name := range all {
		en, err := l.look(name, path+"/"+name)
		if err != nil {
			l.status = l.e.Fail(path+"/"+name, err)
			continue
		}
		entries = append(entries, en)
	}
	l.show(entries, true)
	if l.f.Has("R") {
		for _, en := range entries {
			if typeLetter(en.st.Mode) == 'd' && en.name != "." && en.name != ".." {
				l.directory(filepath.Join(path, en.name), true)
			}
		}
	}
}

// show prints entries in their order, in the form the flags ask for. total is
// whether -l gets its first line with the sum of the blocks.
func (l *lister) show(entries []entry, total bool) {
	slices.SortStableFunc(entries, l.order)
	if l.f.Has("r") {
		slices.Reverse(entries)
	}
	if len(entries) > 0 {
		l.printed = true
	}
	switch {
	case l.f.Has("l"):
		if total {
			var blocks int64 // of 512 bytes: stat(2)
			for _, en := range entries {
				blocks += en.st.Blocks
			}
			fmt.Fprintf(l.e.Out, "total %d\n", blocks/2)
		}
		l.long(entries)
	case l.f.Has("1") || !l.e.Out.Terminal():
		for _, en := range entries {
			l.e.Out.WriteString(l.inode(en) + l.display(en) + "\n")
		}
	default:
		l.grid(entries)
	}
}

func (l *lister) order(a, b entry) int {
	switch {
	case l.f.Has("t"):
		if c := cmp.Compare(b.st.Mtim.Nano(), a.st.Mtim.Nano()); c != 0 {
			return c
		}
	case l.f.Has("S"):
		if c := cmp.Compare(b.st.Size, a.st.Size); c != 0 {
			return c
		}
	}
	return strings.Compare(a.name, b.name)
}

func (l *lister) inode(en entry) string {
	if !l.f.Has("i") {
		return ""
	}
	return strconv.FormatUint(en.st.Ino, 10) + " "
}

// long prints the columns of -l, each as wide as it must be.
func (l *lister) long(entries []entry) {
	rows := make([][6]string, len(entries))
	var width [6]int
	for i, en := range entries {
		rows[i] = [6]string{
			l.inode(en) + modeString(en.st.Mode), strconv.FormatUint(uint64(en.st.Nlink), 10),
			l.users.Name(en.st.Uid), l.groups.Name(en.st.Gid), l.size(en), l.when(en),
		}
		for c, cell := range rows[i] {
			width[c] = max(width[c], len(cell))
		}
	}
	for i, en := range entries {
		r := rows[i]
		fmt.Fprintf(l.e.Out, "%*s %*s %-*s %-*s %*s %s %s", width[0], r[0], width[1], r[1],
			width[2], r[2], width[3], r[3], width[4], r[4], r[5], l.display(en))
		if en.target != "" {
			l.e.Out.WriteString(" -> " + en.target)
		}
		l.e.Out.WriteString("\n")
	}
}

// size is a file's length, or the two numbers that a device is known by.
func (l *lister) size(en entry) string {
	switch typeLetter(en.st.Mode) {
	case 'c', 'b':
		return fmt.Sprintf("%d, %d", unix.Major(en.st.Rdev), unix.Minor(en.st.Rdev))
	}
	if l.f.Has("h") {
		return Human(en.st.Size)
	}
	return strconv.FormatInt(en.st.Size, 10)
}

// when is the time of the last change to the content; as in C programs, a time
// more than half a year away shows its year instead of the hour.
func (l *lister) when(en entry) string {
	at := time.Unix(en.st.Mtim.Unix())
	if l.f.Has("full-time") {
		return at.Format("2006-01-02 15:04:05 -0700")
	}
	if age := time.Since(at); age > 183*24*time.Hour || age < -time.Hour {
		return at.Format("Jan _2  2006")
	}
	return at.Format("Jan _2 15:04")
}
