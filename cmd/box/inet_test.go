package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestAFileIsServedAndFetched(t *testing.T) {
	const site = `
ip link set lo up
mkdir -p site/sub; cd site
echo hello > index.html; echo world > sub/index.html; echo secret > ../secret; ln -s ../secret link
httpd -p 127.0.0.1:8080
`
	for _, test := range []struct{ script, out string }{
		{"wget -qO - http://127.0.0.1:8080/", "hello\n"},
		{"wget -qO - localhost:8080/sub 2>&1 || wget -qO - 127.0.0.1:8080/sub", "world\n"},
		{"mkdir d; cd d; wget 127.0.0.1:8080/sub/index.html 2>&1; cat index.html",
			"Connecting to 127.0.0.1:8080 (127.0.0.1:8080)\n'index.html' saved\nworld\n"},
		{"wget -qO - 127.0.0.1:8080/none 2>&1; echo $?", "wget: server returned error: HTTP/1.0 404 Not Found\n1\n"},
		{"wget -qO - 127.0.0.1:8080/../secret 2>&1; echo $?", "wget: server returned error: HTTP/1.0 404 Not Found\n1\n"},
		{"wget -qO - 127.0.0.1:8080/link 2>&1; echo $?", "wget: server returned error: HTTP/1.0 404 Not Found\n1\n"},
		{"wget -qO - 127.0.0.1:81 2>&1; echo $?", "wget: can't connect to remote host (127.0.0.1): Connection refused\n1\n"},
		{"wget -q https://127.0.0.1 2>&1; echo $?", "wget: not an http URL: https://127.0.0.1: box has no TLS and no FTP\n1\n"},
		{"httpd -p 127.0.0.1:8080 2>&1; echo $?", "httpd: bind: Address already in use\n1\n"},
		{"printf 'POST / HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 8080 | head -n 1 | tr -d '\\r'", "HTTP/1.0 501 Not Implemented\n"},
		{"printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 8080 | tail -n 3 | tr -d '\\r'", "Content-Length: 6\nConnection: close\n\n"},
	} {
		if got := isolated(t, site+test.script); got != test.out {
			t.Errorf("%s printed\n%s\nwant\n%s", test.script, got, test.out)
		}
	}
}

func TestWgetSendsAFile(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s %s %s %s %v", r.Method, r.URL.Path, r.Header.Get("Some"), body, err)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := server.URL + "/path"
	for _, test := range []struct {
		args []string
		want result
	}{
		{[]string{"--method=put", "--body-file", file, "--header", "Some: field", url}, result{out: "PUT /path field hello <nil>"}},
		{[]string{"--method", "DELETE", url}, result{out: "DELETE /path   <nil>"}},
		{[]string{"--method=PUT", "--body-file=/none", url}, result{err: "wget: can't open '/none': No such file or directory\n", status: 1}},
	} {
		if got := run(t, "", append([]string{"wget", "-q", "-O", "-"}, test.args...)...); got != test.want {
			t.Errorf("wget %q: got %+v, want %+v", test.args, got, test.want)
		}
	}
}

func TestNcConnectsTwo(t *testing.T) {
	for _, test := range []struct{ script, out string }{
		{"sleep 60 | nc -l -p 9000 > heard & until echo ping | nc 127.0.0.1 9000 2>/dev/null; do :; done; until grep ping heard; do :; done", "ping\n"},
		{"echo pong | nc -l 9000 & while test ! -s heard; do sleep 60 | nc 127.0.0.1 9000 > heard 2>/dev/null & sleep 0.1; done; until grep pong heard; do :; done", "pong\n"},
		{"nc -z 127.0.0.1 9000 2>&1; echo $?", "nc: can't connect to remote host (127.0.0.1): Connection refused\n1\n"},
		{"nc -l -w 0.1 9000 2>&1; echo $?", "nc: accept: Connection timed out\n1\n"},
		{"nc 127.0.0.1 http 2>&1; echo $?", "nc: bad port 'http'\n1\n"},
	} {
		if got := isolated(t, "ip link set lo up\n"+test.script); got != test.out {
			t.Errorf("%s printed\n%s\nwant\n%s", test.script, got, test.out)
		}
	}
}

func TestPingHearsItsEcho(t *testing.T) {
	const numbers = " | sed 's,time=[0-9.]*,time=T,; s,= [0-9./]* ms,= T,'"
	for _, test := range []struct{ script, out string }{
		{"ping -c 2 -i 0 127.0.0.1" + numbers, `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 time=T ms
64 bytes from 127.0.0.1: seq=1 time=T ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = T
`},
		{"ping -c 1 10.1.2.3 2>&1; echo $?", "PING 10.1.2.3 (10.1.2.3): 56 data bytes\nping: sendto: Network is unreachable\n1\n"},
		{"ping nowhere.invalid 2>&1; echo $?", "ping: bad address 'nowhere.invalid'\n1\n"},
	} {
		if got := isolated(t, "ip link set lo up\n"+test.script); got != test.out {
			t.Errorf("%s printed\n%s\nwant\n%s", test.script, got, test.out)
		}
	}
}

// answer is a name server that knows one name, and one address.
func answer(t *testing.T) netip.AddrPort {
	t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	t.Cleanup(func() { socket.Close(); <-over })
	go func() {
		defer close(over)
		buffer := make([]byte, 512)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response = true
			header := dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}
			switch q := m.Questions[0]; {
			case q.Name.String() == "web." && q.Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{10, 7, 0, 2}}}}
			case q.Name.String() == "2.0.7.10.in-addr.arpa.":
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("web.shop.")}}}
			case q.Name.String() != "web.":
				m.RCode = dnsmessage.RCodeNameError
			}
			if raw, err := m.Pack(); err == nil {
				socket.WriteTo(raw, from)
			}
		}
	}()
	address := netip.MustParseAddrPort(socket.LocalAddr().String())
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if _, _, status := called(t, "", "nslookup", "-type=A", "web", address.String()); status == 0 {
			return address
		}
	}
	t.Fatal("the name server of the test does not answer")
	return address
}

func TestNslookupAsksTheServer(t *testing.T) {
	server := answer(t).String()
	head := "Server:\t\t127.0.0.1\nAddress:\t" + server + "\n\n"
	for _, test := range []struct {
		args, out string
		status    int
	}{
		{"web", "Name:\tweb\nAddress: 10.7.0.2\n\n\n", 0},
		{"-type=a web", "Name:\tweb\nAddress: 10.7.0.2\n\n", 0},
		{"10.7.0.2", "2.0.7.10.in-addr.arpa\tname = web.shop\n\n", 0},
		{"-type=a nobody", "** server can't find nobody: NXDOMAIN\n\n", 1},
	} {
		args := append([]string{"nslookup"}, append(strings.Fields(test.args), server)...)
		if out, errs, status := called(t, "", args...); out != head+test.out || status != test.status {
			t.Errorf("nslookup %s: got %d, %q, %q; want %d, %q", test.args, status, out, errs, test.status, test.out)
		}
	}
	if _, errs, status := called(t, "", "nslookup", "web", "127.0.0.1:1"); status != 1 || !strings.Contains(errs, "Connection refused") {
		t.Errorf("where nobody listens: got %d, %q", status, errs)
	}
}
