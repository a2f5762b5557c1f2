package render

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// onTerminal returns what Page puts on a terminal of ten lines.
func onTerminal(t *testing.T, text, pager string) string {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 10, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string, 1)
	go func() {
		data, err := io.ReadAll(screen)
		if err != nil && !errors.Is(err, syscall.EIO) { // EIO: nobody holds the terminal any more
			t.Error(err)
		}
		shown <- strings.ReplaceAll(string(data), "\r\n", "\n")
	}()
	if err := Page(tty, text, pager); err != nil {
		t.Errorf("pager %q: %v", pager, err)
	}
	tty.Close()
	return <-shown
}

func TestPage(t *testing.T) {
	long, short := strings.Repeat("a line\n", 50), "one\ntwo\n"
	tests := []struct{ name, text, pager, want string }{
		{"more than the screen holds", long, "tail -n1", "a line\n"},
		{"as much as the screen holds", short, "tail -n1", short},
		{"no pager", long, "", long},
		{"a pager that is not there", long, "no-such-pager -R", long},
		{"a reader who leaves at once", strings.Repeat(long, 1000), "true", ""},
		{"a pager that is killed", long, "false", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := onTerminal(t, tt.text, tt.pager); got != tt.want {
				t.Errorf("got %d bytes %.60q, want %d bytes %.60q", len(got), got, len(tt.want), tt.want)
			}
		})
	}
}

func TestPageWritesAFileDirectly(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := strings.Repeat("a line\n", 500)
	if err := Page(f, text, "tail -n1"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(f.Name()); string(got) != text {
		t.Errorf("got %d bytes, want %d", len(got), len(text))
	}
}

func TestPagerCommand(t *testing.T) {
	env := func(set map[string]string) func(string) (string, bool) {
		return func(key string) (string, bool) { value, ok := set[key]; return value, ok }
	}
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "less -R"},
		{map[string]string{"PAGER": "more"}, "more"},
		{map[string]string{"PAGER": ""}, ""},
	} {
		if got := PagerCommand(env(tt.env)); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestThePagerReadsColoursAndUTF8(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	if got := strings.Join(pagerEnv([]string{"A=b"}, none), " "); got != "A=b LESS=R LESSCHARSET=utf-8" {
		t.Errorf("got %s", got)
	}
	all := func(string) (string, bool) { return "mine", true }
	if got := strings.Join(pagerEnv([]string{"A=b"}, all), " "); got != "A=b" {
		t.Errorf("where the reader has set both: got %s", got)
	}
}
