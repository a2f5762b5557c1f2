package see

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

func look(t *testing.T) Scene {
	t.Helper()
	s, err := Look(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLookSeesNewNamespaces(t *testing.T) {
	c := start(t, ordinary, "hostname", "mount", "grandchild")
	s := look(t)
	p, ok := s.Process(c.Process.Pid)
	if !ok {
		t.Fatalf("process %d is not in the scene", c.Process.Pid)
	}
	differ, opened := s.Opened(p)
	want := []Kind{"user", "pid", "mnt", "uts", "ipc", "net", "cgroup"}
	if !slices.Equal(differ, want) || !slices.Equal(opened, want) {
		t.Errorf("got namespaces that differ %v, opened %v, want %v", differ, opened, want)
	}
	if p.PPID != os.Getpid() || p.NSpid[len(p.NSpid)-1] != 1 || p.Command != childArg+" hostname mount grandchild" || p.UID != os.Geteuid() {
		t.Errorf("got process %+v", p)
	}
	for k, id := range p.Namespaces {
		if link, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p.PID, k)); link != fmt.Sprintf("%s:[%d]", k, id) {
			t.Errorf("namespace %s: got %d, want %s", k, id, link)
		}
	}
	inside := s.In("pid", p.Namespaces["pid"])
	if len(inside) != 2 || inside[1].PPID != p.PID || len(inside[1].NSpid) != len(p.NSpid) {
		t.Fatalf("got in the new PID namespace %+v, want the child and its child", inside)
	}
	if differ, _ := s.Opened(inside[1]); differ != nil {
		t.Errorf("the grandchild: got namespaces that differ %v, want none", differ)
	}
}

func TestLookSeesAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	c := start(t, 0, "nobody")
	if p, _ := readProcess(c.Process.Pid); p.UID != nobody {
		t.Errorf("got user %d, want %d", p.UID, nobody)
	}
}

func TestLookSeesWhatIsInNamespaces(t *testing.T) {
	c := start(t, ordinary, "hostname", "mount")
	s := look(t)
	p, _ := s.Process(c.Process.Pid)
	mounts := s.Mounts[slices.IndexFunc(s.Mounts, func(m MountNamespace) bool { return m.Namespace == p.Namespaces["mnt"] })]
	if len(mounts.Mounts) != 1 || mounts.Mounts[0].Target != "/tmp" || mounts.Mounts[0].Type != "tmpfs" || mounts.Lost != 0 {
		t.Errorf("got mounts %+v, want /tmp alone", mounts)
	}
	users := UserMap{p.Namespaces["user"], []IDRange{{Outside: os.Getuid(), Size: 1}}}
	if !slices.ContainsFunc(s.Users, func(u UserMap) bool { return reflect.DeepEqual(u, users) }) {
		t.Errorf("got id maps %+v, want %+v among them", s.Users, users)
	}
	network := Network{Namespace: p.Namespaces["net"], Links: []Link{{Name: "lo", Addresses: []string{}}}}
	if !slices.ContainsFunc(s.Networks, func(n Network) bool { return reflect.DeepEqual(n, network) }) {
		t.Errorf("got networks %+v, want %+v among them", s.Networks, network)
	}
	want := Host{p.Namespaces["uts"], "looked-at"}
	if os.Geteuid() != 0 {
		want.Name = "" // joining it is root's alone
	}
	if !slices.Contains(s.Hosts, want) {
		t.Errorf("got hosts %+v, want %+v among them", s.Hosts, want)
	}
}

func TestLookSeesABridgeAndWhereAWireLeads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may open a socket in another network namespace")
	}
	c := start(t, ordinary, "wire")
	s := look(t)
	p, _ := s.Process(c.Process.Pid)
	inner := slices.IndexFunc(s.Processes, func(p Process) bool { return p.PPID == c.Process.Pid })
	if inner < 0 {
		t.Fatalf("the process at the other end of the wire is not in %+v", s.Processes)
	}
	here, there := p.Namespaces["net"], s.Processes[inner].Namespaces["net"]
	got := map[uint64][]Link{}
	for _, n := range s.Networks {
		got[n.Namespace] = n.Links
	}
	none := []string{}
	want := []Link{
		{Name: "br0", Addresses: none, Kind: "bridge"}, {Name: "lo", Addresses: none},
		{Name: "port0", Addresses: []string{"10.9.0.1/32"}, Kind: "veth", Bridge: "br0", Peer: &Peer{there, "eth0"}},
	}
	if !reflect.DeepEqual(got[here], want) {
		t.Errorf("around the bridge: got %+v, want %+v", got[here], want)
	}
	want = []Link{{Name: "eth0", Addresses: none, Kind: "veth", Peer: &Peer{here, "port0"}}, {Name: "lo", Addresses: none}}
	if !reflect.DeepEqual(got[there], want) {
		t.Errorf("at the other end: got %+v, want %+v", got[there], want)
	}
}

func TestLookSeesOurOwnSurroundings(t *testing.T) {
	start(t, ordinary) // so that the world is alive
	s := look(t)
	name, _ := os.Hostname()
	if !slices.Contains(s.Hosts, Host{s.Here["uts"], name}) {
		t.Errorf("got hosts %+v, want %s among them", s.Hosts, name)
	}
	i := slices.IndexFunc(s.Networks, func(n Network) bool { return n.Namespace == s.Here["net"] })
	if i < 0 || !slices.ContainsFunc(s.Networks[i].Links, func(l Link) bool { return l.Name == "lo" }) {
		t.Errorf("got networks %+v, want ours with lo", s.Networks)
	}
	i = slices.IndexFunc(s.Mounts, func(m MountNamespace) bool { return m.Namespace == s.Here["mnt"] })
	if i < 0 || !slices.ContainsFunc(s.Mounts[i].Mounts, func(m Mount) bool { return m.Target == "/proc" && m.Device != "" }) {
		t.Error("our /proc with its device is not among the mounts found")
	}
	if _, ok := s.Process(os.Getpid()); ok {
		t.Error("the process that looks is in the scene")
	}
}

// On a machine the tests' own children are nothing to see; in a sandbox they
// are.
func TestLookLeavesOutAMachinesOwnProcesses(t *testing.T) {
	in, out := start(t, ordinary), start(t, 0)
	s := look(t)
	if _, ok := s.Process(in.Process.Pid); !ok {
		t.Error("the process in namespaces of its own is not in the scene")
	}
	if _, ok := s.Process(out.Process.Pid); ok == s.Machine {
		t.Errorf("the process in our namespaces is in the scene: got %v, on a machine: %v", ok, s.Machine)
	}
}

func TestAZombieIsOne(t *testing.T) {
	c := start(t, ordinary)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(wait.Deadline)
	for {
		p, ok := readProcess(c.Process.Pid)
		if ok && p.Zombie() {
			if differ, _ := look(t).Opened(p); differ != nil && p.Namespaces["mnt"] != 0 {
				t.Errorf("got namespaces %v of a zombie", p.Namespaces)
			}
			if p.Cgroup != "" {
				t.Errorf("got cgroup %s of a zombie, want none", p.Cgroup)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %+v, want a zombie", p)
		}
	}
}

// Processes that vanish while they are read are no error, and none is found
// half.
func TestLookWhileProcessesComeAndGo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int)
	go func() {
		n := 0
		for ; n == 0 || ctx.Err() == nil; n++ {
			c := exec.Command("/proc/self/exe")
			c.Args = []string{childArg} // ends at once: its input is empty
			if err := c.Run(); err != nil {
				t.Errorf("a process that comes and goes: %v", err)
			}
		}
		done <- n
	}()
	for range 30 {
		for _, p := range allProcesses(t) {
			if p.Started == 0 || len(p.NSpid) == 0 || p.State == "" {
				t.Errorf("got half a process: %+v", p)
			}
		}
	}
	cancel()
	if n := <-done; n == 0 {
		t.Error("the world is not alive: no process came or went")
	}
}

func allProcesses(t *testing.T) []Process {
	t.Helper()
	all, err := processes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestACalledOffLookEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Look(ctx); err == nil {
		t.Error("got no error")
	}
}

func TestNamesWithBracketsDoNotHideTheStart(t *testing.T) {
	before := startOf(os.Getpid())
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile("/proc/self/comm", comm, 0)
	if err := os.WriteFile("/proc/self/comm", []byte("a) R 1 (b"), 0); err != nil {
		t.Fatal(err)
	}
	if stat, _ := os.ReadFile("/proc/self/stat"); !strings.Contains(string(stat), "(a) R 1 (b)") {
		t.Skip("comm is of another thread")
	}
	if after := startOf(os.Getpid()); after != before || before == 0 {
		t.Errorf("got start %d, want %d", after, before)
	}
}

// BenchmarkLook looks at two hundred processes in sixteen containers.
func BenchmarkLook(b *testing.B) {
	for i := range 200 {
		flags := uintptr(0)
		if i%12 == 0 {
			flags = ordinary
		}
		start(b, flags)
	}
	for b.Loop() {
		if _, err := Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
