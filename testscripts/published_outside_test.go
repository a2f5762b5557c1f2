package testscripts

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

// What a container in a sandbox publishes answers on the loopback of the machine, on
// no other address of it, and no longer than the sandbox lives, however it ends.
func TestAPortPublishedInASandboxAnswersOutside(t *testing.T) {
	drydock, cache := programs(t)
	worlds := map[string][]string{"user": {"sandbox", "--as-user", "--"}}
	if os.Geteuid() == 0 {
		worlds["root"] = []string{"sandbox", "--"}
	}
	for world, verb := range worlds {
		t.Run(world, func(t *testing.T) {
			taken, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			busy, port := taken.Addr().(*net.TCPAddr).Port, freePort(t)
			said, err := os.Create(filepath.Join(t.TempDir(), "said"))
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			publish := fmt.Sprintf("-p %d:80 -p %d:80 -p 79:80", port, busy)
			box := exec.Command(drydock, append(verb, "sh", "-c", "mini-docker run --rm "+publish+" mini/box sh -c 'mkdir /site; echo from inside >/site/index.html; exec httpd -f -p 80 -h /site'")...)
			box.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
			box.Stderr = said
			if err := box.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				box.Process.Kill()
				box.Wait()
			}()
			text := func() string {
				text, _ := os.ReadFile(said.Name())
				return string(text)
			}
			await(t, "the port to answer", text, func() bool { return strings.Contains(get("127.0.0.1", port), "from inside") })
			for _, want := range []string{
				"port 79 of the sandbox is not reached from this machine: publish one above 1023",
				fmt.Sprintf("port %d of the sandbox is not reached from this machine: another program has 127.0.0.1:%d here", busy, busy),
			} {
				await(t, want, text, func() bool { return strings.Contains(text(), want) })
			}
			for _, other := range addresses(t) {
				if got := get(other, port); got != "" {
					t.Errorf("the port answers at %s too: %q", other, got)
				}
			}
			box.Process.Kill()
			box.Wait()
			await(t, "the port to be let go", text, func() bool { return get("127.0.0.1", port) == "" })
		})
	}
}

// await waits for a fact; context is shown where it does not come.
func await(t *testing.T, what string, context func() string, fact func() bool) {
	t.Helper()
	for end := time.Now().Add(wait.Deadline); !fact(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s\n%s", wait.Deadline, what, context())
		}
	}
}

// freePort is a port of loopback that nobody has just now.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// get asks a web server for its first page; "" is none.
func get(host string, port int) string {
	connection, err := net.DialTimeout("tcp4", net.JoinHostPort(host, strconv.Itoa(port)), wait.Deadline)
	if err != nil {
		return ""
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(wait.Deadline))
	fmt.Fprint(connection, "GET / HTTP/1.0\r\n\r\n")
	answer, _ := io.ReadAll(connection)
	return string(answer)
}

// addresses are those that the machine has besides its loopback.
func addresses(t *testing.T) (list []string) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range all {
		if address, ok := each.(*net.IPNet); ok && address.IP.To4() != nil && !address.IP.IsLoopback() {
			list = append(list, address.IP.String())
		}
	}
	return list
}
