package endpoint

import (
	"os"
	"path/filepath"
	"testing"

	"drydock/mini-docker/engine/networks"
)

// Read anew for each file, a hundred containers that start at once read a million
// leases.
func TestWhoIsOnANetworkIsReadOnceForAllFiles(t *testing.T) {
	dir := t.TempDir()
	e := &Endpoints{networks: networks.New(networks.Options{Root: dir, RunDir: dir, IsAlive: func(string) bool { return true }})}
	n := &networks.Network{ID: "n"}
	if err := os.MkdirAll(filepath.Join(dir, "networks", n.ID), 0o700); err != nil {
		t.Fatal(err)
	}
	lease := filepath.Join(dir, "networks", n.ID, "c.json")
	if err := os.WriteFile(lease, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := e.newRoster()
	for range 2 {
		if leases, err := known.on(n); err != nil || len(leases) != 1 {
			t.Fatalf("got %v, %v, want one lease", leases, err)
		}
		if err := os.Remove(lease); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if leases, err := e.newRoster().on(n); err != nil || len(leases) != 0 {
		t.Errorf("another change sees %v, %v, want none", leases, err)
	}
}
