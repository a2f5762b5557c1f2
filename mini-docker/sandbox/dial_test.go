package sandbox

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

// echo answers one connection at a port of loopback with what it hears. It runs
// inside.
func echo(args []string) int {
	listener, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	if err != nil {
		return report(err)
	}
	fmt.Println("listening")
	connection, err := listener.Accept()
	if err != nil {
		return report(err)
	}
	text, err := io.ReadAll(connection)
	if err != nil {
		return report(err)
	}
	fmt.Fprintf(connection, "heard %s", text)
	return report(connection.Close())
}

func TestDialReachesAServerInside(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := start(t, s)
		if connection, err := box.Dial(t.Context(), "127.0.0.1:80"); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("nobody listens there: got %v, %v, want it refused", connection, err)
		}
		file, err := os.Create(filepath.Join(t.TempDir(), "said"))
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan int)
		go func() {
			exit, _ := box.Exec(t.Context(), Command{Args: []string{"echo", "80"}, Stdout: file})
			ended <- exit
		}()
		for deadline := time.Now().Add(wait.Deadline); ; time.Sleep(time.Millisecond) {
			if text, _ := os.ReadFile(file.Name()); len(text) > 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the server does not listen")
			}
		}
		connection, err := box.Dial(t.Context(), "127.0.0.1:80")
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprint(connection, "a word")
		connection.CloseWrite() // the server hears the end
		if text, err := io.ReadAll(connection); string(text) != "heard a word" || err != nil {
			t.Errorf("got %q, %v, want %q", text, err, "heard a word")
		}
		if exit := <-ended; exit != 0 {
			t.Errorf("the server: got status %d, want 0", exit)
		}
	})
}
