package see

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"drydock/testscripts/facts"
)

// What a container on a bridge has, with a route to a larger network by way of
// the bridge, and a tunnel without address.
const (
	devFile = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:    1116      14    0    0    0     0          0         0      516       6    0    0    0     0       0          0
  tun0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`
	routeFile = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010011AC	0003	0	0	0	00000000	0	0	0
eth0	000000AC	010011AC	0003	0	0	0	000000FF	0	0	0
eth0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`
	trieFile = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.2
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
Local:
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 172.17.0.2
        /32 host LOCAL
`
	inet6File = `00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000042acfffe110002ff 08 40 20 80     eth0
`
)

func TestLinksAreReadFromFourFiles(t *testing.T) {
	got := links(devFile, routeFile, trieFile, inet6File)
	want := []Link{
		{Name: "eth0", Addresses: []string{"172.17.0.2/16", "fe80::42ac:fffe:1100:2ff/64"}, Gateway: "172.17.0.1"},
		{Name: "lo", Addresses: []string{"127.0.0.1/8", "::1/128"}},
		{Name: "tun0", Addresses: []string{}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := links("", "", "", ""); len(got) != 0 {
		t.Errorf("of a process that is gone: got %v", got)
	}
}

func TestAnOverlaysLayers(t *testing.T) {
	tests := []struct {
		options []string
		want    []string
	}{
		{[]string{"rw", "lowerdir=/a:/b", "upperdir=/u"}, []string{"/a", "/b"}},
		{[]string{"lowerdir+=/a", "lowerdir+=/b"}, []string{"/a", "/b"}},
		{[]string{`lowerdir=/a\:1:/b`}, []string{"/a:1", "/b"}},
		{[]string{"rw"}, nil},
	}
	for _, tt := range tests {
		m := withLayers(facts.Mount{Type: "overlay", Options: tt.options})
		if !reflect.DeepEqual(m.Lower, tt.want) {
			t.Errorf("%v: got layers %q, want %q", tt.options, m.Lower, tt.want)
		}
	}
	if m := withLayers(facts.Mount{Type: "ext4", Options: []string{"lowerdir=/a"}}); m.Lower != nil {
		t.Errorf("of no overlay: got layers %q", m.Lower)
	}
}

func TestMountsOfItsOwn(t *testing.T) {
	at := func(device, target string) facts.Mount { return facts.Mount{Device: device, Root: "/", Target: target} }
	above := []facts.Mount{at("8:1", "/"), at("0:5", "/proc"), at("0:6", "/tmp")}
	tests := []struct {
		name  string
		table []facts.Mount
		own   []facts.Mount
		lost  int
	}{
		{"a copy", above, nil, 0},
		{"one more", append(above[:3:3], at("0:9", "/mnt")), []facts.Mount{at("0:9", "/mnt")}, 0},
		{"the same file system twice", append(above[:3:3], at("0:6", "/tmp")), []facts.Mount{at("0:6", "/tmp")}, 0},
		{"one less", above[:2], nil, 1},
		{"another of the same type", []facts.Mount{at("8:1", "/"), at("0:7", "/proc")}, []facts.Mount{at("0:7", "/proc")}, 2},
	}
	for _, tt := range tests {
		own, lost := without(tt.table, above)
		if !reflect.DeepEqual(own, tt.own) || lost != tt.lost {
			t.Errorf("%s: got %v and %d lost, want %v and %d", tt.name, own, lost, tt.own, tt.lost)
		}
	}
}

// Both versions, in directories that look like the kernel's.
func TestCgroupAmounts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("v2/box/memory.current", "1048576")
	write("v2/box/memory.max", "20971520")
	write("v2/box/pids.current", "3")
	write("v2/box/pids.max", "max")
	write("memory/box/memory.usage_in_bytes", "1048576")
	write("memory/box/memory.limit_in_bytes", "20971520")
	write("memory/free/memory.usage_in_bytes", "1048576")
	write("memory/free/memory.limit_in_bytes", "9223372036854771712")
	write("pids/box/pids.current", "3")
	write("pids/box/pids.max", "max")
	v2 := trees{"": {dir + "/v2", "/"}}
	v1 := trees{"memory": {dir + "/memory", "/"}, "pids": {dir + "/pids", "/"}, "": {dir + "/none", "/"}}
	inner := trees{"": {dir + "/v2", "/outer"}}
	one, three := uint64(1<<20), uint64(3)
	box := Cgroup{MemoryBytes: &one, MemoryMaxBytes: 20 << 20, Tasks: &three}
	tests := []struct {
		name  string
		trees trees
		path  string
		want  Cgroup
	}{
		{"v2", v2, "/box", box},
		{"v1", v1, "/box", box},
		{"v1 without limit", v1, "/free", Cgroup{MemoryBytes: &one}},
		{"a part of the tree", inner, "/outer/box", box},
		{"beside that part", inner, "/box", Cgroup{}},
		{"outside of the namespace", v2, "/../box", Cgroup{}},
		{"nothing mounted", trees{}, "/box", Cgroup{}},
		{"gone", v2, "/gone", Cgroup{}},
	}
	for _, tt := range tests {
		tt.want.Path = tt.path
		if got := tt.trees.read(tt.path); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 20 << 20: "20 MiB", 1 << 50: "1024 TiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d): got %s, want %s", n, got, want)
		}
	}
}
