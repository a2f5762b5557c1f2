package line

import (
	"os"
	"path/filepath"
	"strings"
)

// History is what was typed, the newest line last. With a file it goes on where
// another shell has left it, and every line is written there at once.
type History struct {
	file  string
	dir   *os.Root // of the file: a line may exchange the root that its path begins at
	lines []string

	wanted string // what Ctrl-R looks for, while it shows found
	found  string
	at     int
}

// mostLines is how many are read from a file.
const mostLines = 1000

// NewHistory reads a file; "" is for none.
func NewHistory(file string) *History {
	h := &History{file: filepath.Base(file)}
	if file != "" {
		h.dir, _ = os.OpenRoot(filepath.Dir(file))
	}
	h.load()
	return h
}

// load takes in what other shells have typed since.
func (h *History) load() {
	if h.dir == nil {
		return
	}
	if text, err := h.dir.ReadFile(h.file); err == nil {
		h.lines = strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
		h.lines = h.lines[max(0, len(h.lines)-mostLines):]
	}
}

// Add implements term.History.
func (h *History) Add(entry string) {
	if strings.TrimSpace(entry) == "" {
		return
	}
	h.lines = append(h.lines, entry)
	if h.dir == nil {
		return
	}
	if f, err := h.dir.OpenFile(h.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		f.WriteString(entry + "\n")
		f.Close()
	}
}

// Len implements term.History.
func (h *History) Len() int { return len(h.lines) }

// At implements term.History: 0 is the newest.
func (h *History) At(i int) string { return h.lines[len(h.lines)-1-i] }

// Lines are all, the oldest first.
func (h *History) Lines() []string { return h.lines }

// Search returns the newest line with what stands on the current one in it; asked
// again, where that line is still there, the one before.
func (h *History) Search(current string) (string, bool) {
	if current != h.found || h.found == "" {
		h.wanted, h.at = current, len(h.lines)
	}
	for h.at--; h.at >= 0; h.at-- {
		if line := h.lines[h.at]; line != h.found && strings.Contains(line, h.wanted) {
			h.found = line
			return line, true
		}
	}
	h.at = 0
	return "", false
}
