package networks

import (
	"strings"
	"testing"

	"github.com/google/nftables"
)

func TestAFilterOfOthersThatDropsWhatIsForwardedIsTold(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	w.must(t, n, "1")
	if got, err := w.Warnings(n); err != nil || len(got) != 0 {
		t.Fatalf("without one: got %q, %v", got, err)
	}
	connection, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	drop := nftables.ChainPolicyDrop
	table := connection.AddTable(&nftables.Table{Name: "filter", Family: nftables.TableFamilyIPv4})
	connection.AddChain(&nftables.Chain{
		Name: "FORWARD", Table: table, Type: nftables.ChainTypeFilter, Policy: &drop,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter,
	})
	if err := connection.Flush(); err != nil {
		t.Fatal(err)
	}
	defer connection.Flush()
	defer connection.DelTable(table)
	want := "chain FORWARD in table filter drops what is forwarded"
	if got, err := w.Warnings(n); err != nil || len(got) != 1 || !strings.Contains(got[0], want) || !strings.Contains(got[0], n.Bridge) {
		t.Errorf("got %q, %v, want %q and the bridge", got, err, want)
	}
}
