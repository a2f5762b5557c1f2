package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// atTerminal runs login at a terminal, whose other end is returned.
func atTerminal(t *testing.T, ctx context.Context, server string) (outer, inner *os.File, ended chan error) {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	outer, inner, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outer.Close(); inner.Close() })
	ended = make(chan error, 1)
	c := &cli{stdin: inner, stdout: inner, stderr: inner}
	go func() { ended <- c.login(ctx, server, loginOptions{}) }()
	return outer, inner, ended
}

// asked reads what the terminal shows until it ends with a question.
func asked(t *testing.T, shown *bufio.Reader, question string) {
	t.Helper()
	var text strings.Builder
	for !strings.HasSuffix(text.String(), question) {
		b, err := shown.ReadByte()
		if err != nil {
			t.Fatalf("waiting for %q: %q, %v", question, text.String(), err)
		}
		text.WriteByte(b)
	}
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return modes.Lflag&unix.ECHO != 0
}

func TestLoginAsksForNameAndPassword(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "ana" || password != "s3cret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	outer, _, ended := atTerminal(t, t.Context(), strings.TrimPrefix(server.URL, "http://"))
	shown := bufio.NewReader(outer)
	asked(t, shown, "Username: ")
	io.WriteString(outer, "ana\n")
	asked(t, shown, "Password: ")
	io.WriteString(outer, "s3cret\n")
	asked(t, shown, "Login Succeeded")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestLoginLeavesTheTerminalAsItWas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	outer, inner, ended := atTerminal(t, ctx, "127.0.0.1:1")
	shown := bufio.NewReader(outer)
	asked(t, shown, "Username: ")
	io.WriteString(outer, "ana\n")
	asked(t, shown, "Password: ")
	if echoes(t, inner) {
		t.Error("what is typed shows")
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !echoes(t, inner) {
		t.Error("what is typed stays hidden")
	}
}
