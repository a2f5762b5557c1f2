package seccomp

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	docker "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// TestMain makes this test program also the one that lives under a filter.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "under-filter" {
		underFilter(os.Args[2])
	}
	os.Exit(m.Run())
}

func dockersProfile(capabilities ...string) (*specs.LinuxSeccomp, error) {
	return docker.GetDefaultProfile(&specs.Spec{Process: &specs.Process{
		Capabilities: &specs.LinuxCapabilities{Bounding: capabilities},
	}})
}

func defaultProfile(t testing.TB, capabilities ...string) *specs.LinuxSeccomp {
	t.Helper()
	profile, err := dockersProfile(capabilities...)
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

// call is a system call as a filter sees it.
type call struct {
	number, arch uint32
	args         [6]uint64
}

// ask runs the filter in a machine of another make.
func ask(t *testing.T, filter Filter, c call) uint32 {
	t.Helper()
	raw := make([]bpf.RawInstruction, len(filter))
	for i, each := range filter {
		raw[i] = bpf.RawInstruction{Op: each.Code, Jt: each.Jt, Jf: each.Jf, K: each.K}
	}
	instructions, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the filter holds instructions that are none")
	}
	machine, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	// That machine reads big-endian words; the kernel's reads its own.
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[0:], c.number)
	binary.BigEndian.PutUint32(data[4:], c.arch)
	for i, arg := range c.args {
		binary.BigEndian.PutUint32(data[offsetArgs+8*i:], uint32(arg))
		binary.BigEndian.PutUint32(data[offsetArgs+8*i+4:], uint32(arg>>32))
	}
	result, err := machine.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(result)
}

// expected reads the profile rule by rule, as a person would.
func expected(t *testing.T, profile *specs.LinuxSeccomp, name string, args [6]uint64) uint32 {
	t.Helper()
	var conditional []uint32
	for _, each := range profile.Syscalls {
		for _, listed := range each.Names {
			if listed != name {
				continue
			}
			code, err := answer(each.Action, each.ErrnoRet)
			if err != nil {
				t.Fatal(err)
			}
			if len(each.Args) == 0 {
				return code
			}
			holds := true
			for _, condition := range each.Args {
				holds = holds && compare(condition, args[condition.Index])
			}
			if holds {
				conditional = append(conditional, code)
			}
		}
	}
	if len(conditional) > 0 {
		return conditional[0]
	}
	code, _ := answer(profile.DefaultAction, profile.DefaultErrnoRet)
	return code
}

func compare(c specs.LinuxSeccompArg, value uint64) bool {
	switch c.Op {
	case specs.OpEqualTo:
		return value == c.Value
	case specs.OpNotEqual:
		return value != c.Value
	case specs.OpMaskedEqual:
		return value&c.Value == c.ValueTwo&c.Value
	case specs.OpGreaterThan:
		return value > c.Value
	case specs.OpGreaterEqual:
		return value >= c.Value
	case specs.OpLessThan:
		return value < c.Value
	}
	return value <= c.Value
}

func TestTheDefaultProfileMeansTheSameCompiled(t *testing.T) {
	for _, capabilities := range [][]string{nil, {"CAP_SYS_ADMIN"}, {"CAP_SYS_CHROOT", "CAP_BPF"}} {
		profile := defaultProfile(t, capabilities...)
		filter, err := Compile(profile)
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, name := range allNames(profile) {
			number, ok := nativeNumber(name)
			if !ok {
				continue
			}
			for _, arg := range []uint64{0, 8, 0x20000, 0x20008, 0xffffffff, 1 << 40, 40, 38, 16, 0x7e020000} {
				args := [6]uint64{arg, arg, arg, arg, arg, arg}
				got, want := ask(t, filter, call{number, architectures[0].audit, args}), expected(t, profile, name, args)
				if got != want {
					t.Fatalf("%s with %#x: got %#x, want %#x", name, arg, got, want)
				}
				tried++
			}
		}
		if tried < 1000 {
			t.Errorf("the world is not alive: %d calls tried", tried)
		}
	}
}

// allNames are the calls a profile lists, and some it does not.
func allNames(profile *specs.LinuxSeccomp) []string {
	names := []string{"reboot", "kexec_load", "keyctl", "add_key", "init_module", "swapon", "mount", "umount2", "bpf", "ptrace"}
	for _, each := range profile.Syscalls {
		names = append(names, each.Names...)
	}
	return names
}

func TestConditionsCompareAllSixtyFourBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	interesting := []uint64{0, 1, 0xffffffff, 1 << 32, 1<<32 + 1, 1 << 63, ^uint64(0), 7<<32 + 5, 5<<32 + 7}
	pick := func() uint64 { return interesting[random.IntN(len(interesting))] }
	for _, op := range []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpNotEqual, specs.OpMaskedEqual,
		specs.OpGreaterThan, specs.OpGreaterEqual, specs.OpLessThan, specs.OpLessEqual} {
		for range 300 {
			profile := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{
				Names: []string{"personality"}, Action: specs.ActAllow,
				Args: []specs.LinuxSeccompArg{
					{Index: 0, Value: pick(), ValueTwo: pick(), Op: op},
					{Index: 3, Value: pick(), ValueTwo: pick(), Op: op},
				},
			}}}
			filter, err := Compile(profile)
			if err != nil {
				t.Fatal(err)
			}
			number, _ := nativeNumber("personality")
			args := [6]uint64{pick(), 0, 0, pick()}
			got, want := ask(t, filter, call{number, architectures[0].audit, args}), expected(t, profile, "personality", args)
			if got != want {
				t.Fatalf("%+v with %#x: got %#x, want %#x", profile.Syscalls[0].Args, args, got, want)
			}
		}
	}
}

func TestNumbersBeyondTheProfileAreNoSuchCall(t *testing.T) {
	filter, err := Compile(defaultProfile(t))
	if err != nil {
		t.Fatal(err)
	}
	enosys := unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	for _, number := range []uint32{5000, 0x40000001} {
		if got := ask(t, filter, call{number: number, arch: architectures[0].audit}); got != enosys {
			t.Errorf("call %#x: got %#x, want ENOSYS", number, got)
		}
	}
	if got := ask(t, filter, call{arch: unix.AUDIT_ARCH_S390X}); got != unix.SECCOMP_RET_KILL_PROCESS {
		t.Errorf("another architecture: got %#x, want that the process is killed", got)
	}
}

func TestTheKernelObeys(t *testing.T) {
	for name, want := range map[string]string{
		"mount": "operation not permitted", // Docker's choice for what is not listed
		"clone": "operation not permitted", // a new user namespace
		"write": "<nil>",
	} {
		output, err := exec.Command("/proc/self/exe", "under-filter", name).CombinedOutput()
		if err != nil || strings.TrimSpace(string(output)) != want {
			t.Errorf("%s: got %q, %v; want %q", name, output, err, want)
		}
	}
}

func underFilter(name string) {
	goruntime.LockOSThread()
	profile, err := dockersProfile()
	if err == nil {
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	var filter Filter
	if err == nil {
		filter, err = Compile(profile)
	}
	if err == nil {
		err = Install(filter)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	switch name {
	case "mount":
		err = unix.Mount("none", "/nowhere", "tmpfs", 0, "")
	case "clone":
		err = unix.Unshare(unix.CLONE_NEWUSER)
	case "write":
		_, err = os.Stderr.WriteString("")
	}
	fmt.Println(err)
	os.Exit(0)
}

func TestBadProfilesAreNamed(t *testing.T) {
	for want, profile := range map[string]*specs.LinuxSeccomp{
		`action "SCMP_ACT_FLY"`: {DefaultAction: "SCMP_ACT_FLY"},
		"argument 6": {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 6, Op: specs.OpEqualTo}}}}},
		`comparison "SCMP_CMP_ODD"`: {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Op: "SCMP_CMP_ODD"}}}}},
		"listeners": {DefaultAction: specs.ActAllow, ListenerPath: "/x"},
	} {
		if _, err := Compile(profile); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	profile := defaultProfile(b)
	for b.Loop() {
		if _, err := Compile(profile); err != nil {
			b.Fatal(err)
		}
	}
}

func TestACompiledProfileIsKept(t *testing.T) {
	dir := t.TempDir()
	profile := defaultProfile(t)
	first, err := Cached(dir, profile)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(dir)
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept: got %v, %v; want one file", kept, err)
	}
	second, err := Cached(dir, profile)
	if err != nil || !slices.Equal(first, second) {
		t.Errorf("the kept filter differs from the compiled one (%v)", err)
	}
	// What is kept is what is used: a mark in it shows.
	path := filepath.Join(dir, kept[0].Name())
	if err := os.WriteFile(path, Filter{ret(7)}.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if third, _ := Cached(dir, profile); len(third) != 1 {
		t.Errorf("got %d instructions, want the one that was put there", len(third))
	}
	if other, _ := Cached(dir, defaultProfile(t, "CAP_SYS_ADMIN")); len(other) == 1 {
		t.Error("another profile got the same filter")
	}
}
