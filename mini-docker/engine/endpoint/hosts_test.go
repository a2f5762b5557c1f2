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

// Each that comes or goes on the default network would have all others' files written.
func TestWhereNobodyHasANameNobodyElseIsConcerned(t *testing.T) {
	lease := func(id string, names ...string) *networks.Lease { return &networks.Lease{Container: id, Names: names} }
	for _, test := range []struct {
		leases []*networks.Lease
		want   int
	}{
		{[]*networks.Lease{lease("a"), lease("b"), lease("c")}, 1},
		{[]*networks.Lease{lease("a"), lease("b", "b"), lease("c")}, 3},
		{[]*networks.Lease{lease("a"), lease("b", "b")}, 2}, // who has left is in their files
		{[]*networks.Lease{lease("a"), lease("b")}, 0},
	} {
		if got := concerned(test.leases, "c"); len(got) != test.want || test.want == 1 && got[0].Container != "c" {
			t.Errorf("of %d: got %v, want %d", len(test.leases), got, test.want)
		}
	}
}
