package seccomp

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// oracle is a runtime that has libseccomp compile profiles.
const oracle = "runc"

// loadedBy has the oracle create a container with the profile and reads the
// filter that its first process waits under. The command need not exist: it is
// never started.
func loadedBy(t *testing.T, profile *specs.LinuxSeccomp) (Filter, error) {
	t.Helper()
	dir := t.TempDir()
	id := fmt.Sprintf("drydock-seccomp-%d", os.Getpid())
	text, err := json.Marshal(&specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: "rootfs"},
		Process: &specs.Process{Args: []string{"/command"}, Cwd: "/"},
		Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}},
			Seccomp:    profile,
		},
		Mounts: []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}},
	})
	for _, err := range []error{
		err, os.Mkdir(filepath.Join(dir, "rootfs"), 0o755),
		os.WriteFile(filepath.Join(dir, "rootfs/command"), nil, 0o755),
		os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) error {
		// To a file: the container's first process keeps the stream open.
		complaint, err := os.Create(filepath.Join(dir, "complaint"))
		if err != nil {
			return err
		}
		defer complaint.Close()
		command := exec.Command(oracle, append([]string{"--root", filepath.Join(dir, "state")}, args...)...)
		command.Stderr = complaint
		if err := command.Run(); err != nil {
			text, _ := os.ReadFile(complaint.Name())
			return fmt.Errorf("%s %s: %w: %s", oracle, args[0], err, text)
		}
		return nil
	}
	pidFile := filepath.Join(dir, "pid")
	defer run("delete", "--force", id)
	if err := run("create", "--bundle", dir, "--pid-file", pidFile, id); err != nil {
		return nil, err
	}
	number, err := os.ReadFile(pidFile)
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(string(number))
	if err != nil {
		return nil, err
	}
	return filterOf(pid)
}

// filterOf reads the filter of another process. See ptrace(2),
// PTRACE_SECCOMP_GET_FILTER.
func filterOf(pid int) (Filter, error) {
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	if err := unix.PtraceSeize(pid); err != nil {
		return nil, fmt.Errorf("tracing process %d: %w", pid, err)
	}
	defer unix.PtraceDetach(pid)
	if err := unix.PtraceInterrupt(pid); err != nil {
		return nil, err
	}
	if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != nil {
		return nil, err
	}
	length, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER, uintptr(pid), 0, 0, 0, 0)
	if errno != 0 {
		return nil, fmt.Errorf("asking for the filter's length: %w", errno)
	}
	filter := make(Filter, length)
	_, _, errno = unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER, uintptr(pid), 0, uintptr(unsafe.Pointer(&filter[0])), 0, 0)
	if errno != 0 {
		return nil, fmt.Errorf("reading the filter: %w", errno)
	}
	return filter, nil
}

// subjects are calls that rules are made up for: the oracle's first process
// needs none of them once it has loaded the filter.
var subjects = strings.Fields(`swapon swapoff acct reboot syslog personality quotactl mknod mknodat pivot_root chroot
	sethostname setdomainname vhangup kexec_load init_module delete_module umount2 symlink link truncate utimensat
	inotify_add_watch name_to_handle_at setns kcmp ioperm keyctl add_key ptrace socketcall ipc send recv
	socket bind connect listen accept4 sendto recvmsg semget semop msgget shmat shmctl`)

// values are arguments at which comparisons go wrong.
var values = []uint64{0, 1, 2, 7, 9, 16, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1<<32 + 1, 1<<32 + 7, 7<<32 + 5, 1 << 63, ^uint64(0)}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// randomProfile makes a profile with rules that repeat, overlap, say what the
// default says, and come in any order. Two kinds are left out: those that
// contradict each other, which Compile refuses, and two rules of one call that
// compare the same argument by size. Of these libseccomp (2.5.4) makes something
// else than what they say: it allows 5 where 1 to 4 and 7 to 9 are allowed, if
// the numbers are large enough. Compile takes them at their word.
func randomProfile(random *rand.Rand) *specs.LinuxSeccomp {
	number := func() *uint { n := uint(random.IntN(3) + 37); return &n }
	profile := &specs.LinuxSeccomp{
		DefaultAction: pick(random, []specs.LinuxSeccompAction{specs.ActAllow, specs.ActAllow, specs.ActErrno, specs.ActLog, specs.ActKill, specs.ActTrap}),
		Architectures: []specs.Arch{native},
	}
	if random.IntN(2) == 0 {
		profile.DefaultErrnoRet = number()
	}
	if len(architectures) > 1 && random.IntN(2) == 0 {
		profile.Architectures = append(profile.Architectures, architectures[1].name)
	}
	profile.Syscalls = []specs.LinuxSyscall{{Names: whatARuntimeNeeds(), Action: specs.ActAllow}}
	sized := map[string]bool{}
	for range 150 {
		each := specs.LinuxSyscall{
			Action: pick(random, []specs.LinuxSeccompAction{profile.DefaultAction, specs.ActAllow, specs.ActAllow, specs.ActErrno, specs.ActErrno,
				specs.ActLog, specs.ActTrap, specs.ActKill, specs.ActKillProcess, specs.ActTrace}),
			Args: randomConditions(random),
		}
		for range random.IntN(3) + 1 {
			each.Names = append(each.Names, pick(random, subjects))
		}
		if random.IntN(2) == 0 && (each.Action == specs.ActErrno || each.Action == specs.ActTrace) {
			each.ErrnoRet = number()
		}
		if comparesAgain(sized, each) {
			continue
		}
		longer := *profile
		longer.Syscalls = append(slices.Clone(profile.Syscalls), each)
		if _, err := Compile(&longer); err == nil {
			profile = &longer
		}
	}
	return profile
}

// comparesAgain says whether a rule compares an argument by size that is
// compared so already, by it or by another rule of the call, and remembers what
// it compares.
func comparesAgain(sized map[string]bool, rule specs.LinuxSyscall) bool {
	again := false
	for _, name := range rule.Names {
		calls := []string{name}
		for _, on := range architectures {
			if through, ok := on.through[name]; ok {
				calls = append(calls, through.name)
			}
		}
		for _, call := range calls {
			for _, each := range rule.Args {
				switch each.Op {
				case specs.OpEqualTo, specs.OpNotEqual, specs.OpMaskedEqual:
					continue
				}
				key := fmt.Sprint(call, " ", each.Index)
				again = again || sized[key]
				sized[key] = true
			}
		}
	}
	return again
}

func randomConditions(random *rand.Rand) (conditions []specs.LinuxSeccompArg) {
	for range pick(random, []int{0, 1, 1, 1, 2, 2, 3}) {
		conditions = append(conditions, specs.LinuxSeccompArg{
			Index: uint(random.IntN(3)), Value: pick(random, values), ValueTwo: pick(random, values),
			Op: pick(random, []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpEqualTo, specs.OpNotEqual, specs.OpMaskedEqual,
				specs.OpGreaterThan, specs.OpGreaterEqual, specs.OpLessThan, specs.OpLessEqual}),
		})
	}
	return conditions
}

// whatARuntimeNeeds are the calls that Docker allows, without those that rules
// are made up for.
func whatARuntimeNeeds() (names []string) {
	profile, _ := dockersProfile()
	for _, each := range profile.Syscalls {
		for _, name := range each.Names {
			if each.Action == specs.ActAllow && len(each.Args) == 0 && !slices.Contains(subjects, name) {
				names = append(names, name)
			}
		}
	}
	return append(names, "clone")
}

// kill is one answer for both ways to kill: what is killed for a call that comes
// in the numbers of another architecture differs.
const kill = unix.SECCOMP_RET_KILL_PROCESS

func calls(random *rand.Rand) (list []call) {
	for _, on := range architectures {
		var numbers []uint32
		for _, name := range append(slices.Clone(subjects), "read", "execve", "openat") {
			if number, ok := on.numberOf(name); ok {
				numbers = append(numbers, number, number+1)
			}
		}
		numbers = append(numbers, 0, 1000, 0x3fffffff)
		for _, number := range numbers {
			for range 30 {
				c := call{number: number, arch: on.audit}
				for i := range c.args {
					c.args[i] = pick(random, values) + uint64(random.IntN(3)) - 1
					if on.narrow {
						c.args[i] = uint64(uint32(c.args[i]))
					}
				}
				if on.narrow && random.IntN(2) == 0 {
					c.args[0] = uint64(random.IntN(25)) // of socketcall and ipc
				}
				list = append(list, c)
			}
		}
	}
	return list
}

func TestAProfileMeansWhatLibseccompMakesOfIt(t *testing.T) {
	if _, err := exec.LookPath(oracle); err != nil || os.Getuid() != 0 {
		t.Skipf("needs root (user %d) and %s to compare with: %v", os.Getuid(), oracle, err)
	}
	profiles, compared := 6, 0
	if most, err := strconv.Atoi(os.Getenv("SECCOMP_PROFILES")); err == nil {
		profiles = most
	}
	for seed := range uint64(profiles) {
		random := rand.New(rand.NewPCG(seed, 5))
		profile := randomProfile(random)
		theirs, err := loadedBy(t, profile)
		if err != nil && strings.Contains(err.Error(), "file exists") {
			t.Logf("profile %d: libseccomp finds contradictions that are none: %v", seed, err)
			continue
		}
		if err != nil {
			t.Fatalf("profile %d, %d rules: %v", seed, len(profile.Syscalls), err)
		}
		ours, err := Compile(profile)
		if err != nil {
			t.Fatal(err)
		}
		compared++
		differ := 0
		for _, c := range calls(random) {
			got, want := ask(t, ours, c), ask(t, theirs, c)
			if got != want && (got != kill || want != unix.SECCOMP_RET_KILL_THREAD) && differ < 5 {
				differ++
				t.Errorf("profile %d, default %s: call %+v: got %#x, want %#x as libseccomp has it\n%s",
					seed, profile.DefaultAction, c, got, want, rulesOf(profile, c))
			}
		}
	}
	if compared < profiles/2 {
		t.Errorf("the world is not alive: %d of %d profiles compared", compared, profiles)
	}
}

// rulesOf shows what a profile says of a call.
func rulesOf(profile *specs.LinuxSeccomp, c call) string {
	var text strings.Builder
	for _, each := range profile.Syscalls {
		for _, name := range each.Names {
			for _, on := range architectures {
				number, ok := on.numberOf(name)
				if through, is := on.through[name]; on.audit == c.arch && (ok && number == c.number || is && c.number == numberIn(on, through.name)) {
					fmt.Fprintf(&text, "%s %s %v\n", name, each.Action, each.Args)
				}
			}
		}
	}
	return text.String()
}

func numberIn(on architecture, name string) uint32 {
	number, _ := on.numberOf(name)
	return number
}
