// Package line reads lines that a person types at a terminal: with the usual
// keys, a history, and names completed by the tab key. It reads no byte more
// than the line has, for the rest belongs to the program the line starts.
package line

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// ErrInterrupted is the end of a line by Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// Editor reads lines from a terminal, with the keys of x/term.
// The terminal is raw only while a line is typed.
type Editor struct {
	keys    *keys
	History *History
	Ahead   *Ahead
	path    func() string
}

// New returns an editor for the terminal in, which echoes to out. path returns
// the directories in which commands are completed, as $PATH has them.
func New(in *os.File, out io.Writer, path func() string) *Editor {
	return &Editor{keys: &keys{in: in, out: out}, History: NewHistory(""), path: path}
}

// keys reads one byte at a time: what was typed or pasted after the line
// belongs to the program that the line starts.
type keys struct {
	in  *os.File
	out io.Writer
}

const ctrlC = 3

func (k *keys) Read(p []byte) (int, error) {
	n, err := k.in.Read(p[:min(1, len(p))])
	if n == 1 && p[0] == ctrlC {
		return 0, ErrInterrupted
	}
	if n == 1 && p[0] == '\n' { // see raw
		p[0] = '\r'
	}
	return n, err
}

// Write leaves the carriage returns of new lines to the terminal, see raw.
func (k *keys) Write(p []byte) (int, error) {
	_, err := k.out.Write(bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n")))
	return len(p), err
}

// Line shows the prompt and returns what was typed. The error is io.EOF after
// Ctrl-D on an empty line, ErrInterrupted after Ctrl-C. typed is called before
// the terminal edits lines itself again: from there on Ctrl-C is a signal.
func (e *Editor) Line(prompt string, typed func()) (string, error) {
	if line, ok := e.Ahead.next(); ok {
		io.WriteString(e.keys, prompt+line+"\n")
		e.History.Add(line)
		typed()
		return line, nil
	}
	e.History.load()
	fd := int(e.keys.in.Fd())
	before, err := raw(fd)
	if err != nil {
		return "", io.EOF // the terminal has gone
	}
	defer term.Restore(fd, before)
	t := term.NewTerminal(e.keys, prompt)
	t.History = e.History
	t.AutoCompleteCallback = e.key
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		t.SetSize(width, height)
	}
	line, err := t.ReadLine()
	typed()
	switch {
	case errors.Is(err, ErrInterrupted):
		e.Ahead.Drop()
		io.WriteString(e.keys, "^C\r\n")
	case err == io.EOF:
		io.WriteString(e.keys, "\r\n")
	case errors.Is(err, unix.EIO): // hung up
		err = io.EOF
	case errors.Is(err, term.ErrPasteIndicator):
		err = nil
	}
	return line, err
}

// raw makes the terminal hand over every key, and returns its modes. The enter
// key still counts as a newline: what is typed ahead of the prompt, or pasted, is
// read by the next program in cooked mode, where a carriage return ends no line.
// And a newline still begins a line: jobs in the background print meanwhile.
func raw(fd int) (*term.State, error) {
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err == nil {
		modes.Iflag |= unix.ICRNL
		modes.Oflag |= unix.OPOST | unix.ONLCR
		err = unix.IoctlSetTermios(fd, unix.TCSETS, modes)
	}
	if err != nil {
		term.Restore(fd, before)
	}
	return before, err
}

const ctrlR = 18

// key is called for each: Ctrl-R goes back to the last line that has in it what
// was typed so far, the tab key completes.
func (e *Editor) key(line string, pos int, key rune) (string, int, bool) {
	if key != ctrlR {
		return e.complete(line, pos, key)
	}
	if found, ok := e.History.Search(line); ok {
		return found, len(found), true
	}
	return line, pos, true
}

// complete finishes the word before the cursor on a tab, as far as there is
// only one way to.
func (e *Editor) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	start := strings.LastIndexAny(line[:pos], " \t;|&<>(") + 1
	word := line[start:pos]
	var all []string
	if start == 0 && !strings.Contains(word, "/") {
		for _, dir := range strings.Split(e.path(), ":") {
			all = append(all, e.matching(dir, "", word)...)
		}
	} else {
		slash := strings.LastIndex(word, "/") + 1
		dir := word[:slash]
		if dir == "" {
			dir = "."
		}
		all = e.matching(dir, word[:slash], word[slash:])
	}
	if len(all) == 0 {
		return line, pos, true
	}
	found := all[0]
	for _, other := range all {
		for !strings.HasPrefix(other, found) && !strings.HasPrefix(found, other) || len(found) > len(other) {
			found = found[:len(found)-1]
		}
	}
	if len(found) > len(word) && found == all[0] && !strings.HasSuffix(found, "/") && same(all) {
		found += " "
	}
	if len(found) < len(word) {
		return line, pos, true
	}
	return line[:start] + found + line[pos:], start + len(found), true
}

// same reports whether all words are one, as a command in two directories is.
func same(words []string) bool {
	for _, w := range words {
		if w != words[0] {
			return false
		}
	}
	return true
}

// matching returns the names in dir that start with part, each behind prefix.
func (e *Editor) matching(dir, prefix, part string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, part) || part == "" && strings.HasPrefix(name, ".") {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(dir+"/"+name, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			name += "/"
		}
		names = append(names, prefix+name)
	}
	return names
}
