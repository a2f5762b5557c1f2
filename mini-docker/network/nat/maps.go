package nat

import "github.com/google/nftables"

// The maps of published ports: at any address of the host, and at one.
const (
	published   = "published"
	publishedAt = "published-at"
)

func mapOf(table *nftables.Table, name string) *nftables.Set {
	key := nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService)
	if name == publishedAt {
		key = nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService)
	}
	return &nftables.Set{
		Table: table, Name: name, IsMap: true, Concatenation: true, KeyType: key,
		DataType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService),
	}
}

// addMaps adds both, empty.
func addMaps(batch *nftables.Conn, table *nftables.Table) {
	for _, name := range []string{published, publishedAt} {
		if err := batch.AddSet(mapOf(table, name), nil); err != nil {
			panic(err) // only elements could be wrong, and there are none
		}
	}
}
