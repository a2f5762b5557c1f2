package etcd_test

import (
	"bytes"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/store"
	"drydock/mini-k8s/store/etcd"
	"drydock/mini-k8s/store/storetest"
)

// TestEtcd runs the suite against a real etcd, one for each test: compaction
// would reach across them.
func TestEtcd(t *testing.T) {
	program, err := exec.LookPath("etcd")
	if err != nil {
		t.Skip("no etcd on this machine: install etcd-server to run this")
	}
	storetest.Run(t, func(t *testing.T) (store.Store, string) {
		client, err := etcd.New([]string{"http://" + unused(t), start(t, program)})
		if err != nil {
			t.Fatal(err)
		}
		return client, "/registry/test/"
	})
}

// start runs an etcd on loopback and returns its address once it answers. The
// ports are free when they are chosen and may be taken when etcd gets to them,
// by a connection of anybody's: an etcd that ends for that is tried again.
func start(t *testing.T, program string) string {
	for {
		client, said, ended := attempt(t, program)
		switch answered(client, ended) {
		case up:
			return client
		case silent:
			t.Fatalf("etcd does not answer at %s within %v", client, storetest.Patience)
		}
		if !strings.Contains(said.String(), "address already in use") {
			t.Fatalf("etcd ended: %s", said)
		}
	}
}

// attempt starts one etcd, and returns its address, what it says (to be read
// once ended is closed), and a channel that is closed when it ends.
func attempt(t *testing.T, program string) (client string, said *bytes.Buffer, ended chan struct{}) {
	client, peer := "http://"+unused(t), "http://"+unused(t)
	said, ended = new(bytes.Buffer), make(chan struct{})
	cmd := exec.Command(program, "--data-dir", t.TempDir(), "--log-level", "error", "--unsafe-no-fsync",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		_ = cmd.Wait() // killed, or what it said tells why
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	return client, said, ended
}

// The three ends of waiting for an etcd.
const (
	up = iota
	gone
	silent
)

// answered waits until the etcd at address is healthy, or has ended, or the
// deadline has passed.
func answered(address string, ended <-chan struct{}) int {
	deadline := time.After(storetest.Patience)
	for {
		if response, err := http.Get(address + "/health"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return up
			}
		}
		select {
		case <-ended:
			return gone
		case <-deadline:
			return silent
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// unused is an address of this machine that nobody listens at.
func unused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAddressesThatCannotBeMeantAreRefused(t *testing.T) {
	for address, want := range map[string]string{
		"https://10.0.0.1:2379": "TLS towards etcd is not supported yet",
		"10.0.0.1":              "not of the form http://HOST:PORT",
		"http://":               "not of the form http://HOST:PORT",
	} {
		if _, err := etcd.New([]string{address}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
}
