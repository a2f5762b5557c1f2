package pool_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"drydock/mini-docker/network/pool"
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestASubnetOverlapsWithNoneInUse(t *testing.T) {
	for _, test := range []struct {
		used []netip.Prefix
		want string
	}{
		{nil, "172.17.0.0/16"},
		{prefixes("172.17.3.0/24"), "172.18.0.0/16"},
		{prefixes("172.16.0.0/13"), "172.24.0.0/16"},
		{prefixes("172.16.0.0/12", "192.168.1.7/32"), "192.168.16.0/20"},
		{prefixes("10.0.0.0/8"), "172.17.0.0/16"},
	} {
		if got, err := pool.Subnet(test.used); err != nil || got.String() != test.want {
			t.Errorf("beside %v: got %v, %v; want %s", test.used, got, err, test.want)
		}
	}
	if got, err := pool.Subnet(prefixes("172.16.0.0/12", "192.168.0.0/16")); !errors.Is(err, pool.ErrNoSubnet) {
		t.Errorf("all in use: got %v, %v; want ErrNoSubnet", got, err)
	}
}

func TestEverySubnetIsGivenOnce(t *testing.T) {
	var used []netip.Prefix
	for {
		subnet, err := pool.Subnet(used)
		if err != nil {
			break
		}
		if other, overlaps := pool.Overlap(subnet, used); overlaps {
			t.Fatalf("%v overlaps with %v", subnet, other)
		}
		used = append(used, subnet)
	}
	if len(used) != 15+16 {
		t.Errorf("got %d subnets, want 15 of 172.* and 16 of 192.168", len(used))
	}
}

func TestAddressesAreGivenFromTheLowestOn(t *testing.T) {
	subnet := netip.MustParsePrefix("10.1.2.0/29")
	taken := map[netip.Addr]bool{pool.First(subnet): true}
	for want := 2; want <= 6; want++ {
		got, err := pool.Address(subnet, subnet, func(a netip.Addr) bool { return taken[a] })
		if err != nil || got.String() != fmt.Sprintf("10.1.2.%d", want) {
			t.Fatalf("got %v, %v; want 10.1.2.%d", got, err, want)
		}
		taken[got] = true
	}
	if got, err := pool.Address(subnet, subnet, func(a netip.Addr) bool { return taken[a] }); !errors.Is(err, pool.ErrFull) {
		t.Errorf("all taken, the last is everybody: got %v, %v; want ErrFull", got, err)
	}
}

func ExampleAddress() {
	subnet := netip.MustParsePrefix("172.17.0.0/16")
	gateway := pool.First(subnet)
	address, _ := pool.Address(subnet, subnet, func(a netip.Addr) bool { return a == gateway })
	fmt.Println(gateway, address)
	// Output: 172.17.0.1 172.17.0.2
}
