package peers

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

// suite is the OCI distribution-spec's own, at the version that was looked at.
const suite = "github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111"

// mayBeOff is what the specification leaves to a registry: ours takes no manifest whose
// parts it does not have.
const mayBeOff = "Sparse Manifests"

// TestTheRegistryConforms runs the suite against mini-docker registry: all of pull,
// push, content discovery and content management, also what the next version of the
// specification adds.
func TestTheRegistryConforms(t *testing.T) {
	if !*wanted {
		t.Skip("takes the suite from the Go module proxy: `make conformance-registry` runs it")
	}
	results := t.TempDir()
	run := exec.Command("go", "run", suite)
	run.Env = append(os.Environ(), "OCI_TLS=disabled", "OCI_REGISTRY="+serveRegistry(t), "OCI_VERSION=dev", "OCI_RESULTS_DIR="+results)
	var complaint strings.Builder
	run.Stderr = &complaint
	said, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, said, complaint.String())
	}
	_, summary, found := strings.Cut(string(said), "API conformance:")
	lines := regexp.MustCompile(`(?m)^  (\w[^.]*?)\.+: +(\w+)$`).FindAllStringSubmatch(summary, -1)
	if !found || len(lines) < 40 {
		t.Fatalf("the suite judges %d things only:\n%s", len(lines), said)
	}
	for _, line := range lines {
		if line[2] != "Pass" && line[1] != mayBeOff {
			t.Errorf("%s: %s", line[1], line[2])
		}
	}
	t.Logf("%s", said[strings.Index(string(said), "  Disabled"):])
}

// serveRegistry runs mini-docker registry for a test and returns where it is.
func serveRegistry(t *testing.T, flags ...string) string {
	t.Helper()
	args := append([]string{"registry", "--listen", "127.0.0.1:0", "--dir", t.TempDir()}, flags...)
	server := exec.Command(filepath.Join(bin(t), "mini-docker"), args...)
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	server.Stdout, server.Stderr = theirs, os.Stderr
	err = server.Start()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	})
	ours.SetReadDeadline(time.Now().Add(wait.Deadline))
	line, err := bufio.NewReader(ours).ReadString('\n')
	at, found := strings.CutPrefix(line, "Listening on ")
	if err != nil || !found {
		t.Fatalf("the registry says %q, %v", line, err)
	}
	return strings.TrimSpace(at)
}
