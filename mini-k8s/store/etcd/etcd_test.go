package etcd_test

import (
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

// start runs an etcd on loopback and returns its address once it answers.
func start(t *testing.T, program string) string {
	client, peer := "http://"+unused(t), "http://"+unused(t)
	cmd := exec.Command(program, "--data-dir", t.TempDir(), "--log-level", "error", "--unsafe-no-fsync",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	for deadline := time.Now().Add(storetest.Patience); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(client + "/health")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return client
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("etcd does not answer at %s: %v", client, err)
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
