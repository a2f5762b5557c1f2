package seccomp

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Each of these let a call through that the profile forbids, or is one that
// nobody could say what it means.
func TestRulesMeanWhatLibseccompMakesOfThem(t *testing.T) {
	rule := func(action specs.LinuxSeccompAction, name string, args ...specs.LinuxSeccompArg) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: []string{name}, Action: action, Args: args}
	}
	first := func(op specs.LinuxSeccompOperator, value uint64) specs.LinuxSeccompArg {
		return specs.LinuxSeccompArg{Op: op, Value: value}
	}
	masked := specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, Value: 0xf0, ValueTwo: 0x1f}
	const allow, eperm = unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	for _, test := range []struct {
		what  string
		rules []specs.LinuxSyscall
		arg   uint64
		want  uint32
	}{
		{"a rule that says what the default says is none", []specs.LinuxSyscall{rule(specs.ActAllow, "chroot"), rule(specs.ActErrno, "chroot")}, 0, eperm},
		{"the first without conditions counts", []specs.LinuxSyscall{rule(specs.ActErrno, "chroot"), rule(specs.ActLog, "chroot")}, 0, eperm},
		{"one with conditions before it does not", []specs.LinuxSyscall{rule(specs.ActLog, "chroot", first(specs.OpEqualTo, 1)), rule(specs.ActErrno, "chroot")}, 1, eperm},
		{"one with conditions behind it does not", []specs.LinuxSyscall{rule(specs.ActErrno, "chroot"), rule(specs.ActLog, "chroot", first(specs.OpEqualTo, 1))}, 1, eperm},
		{"what a mask hides does not count", []specs.LinuxSyscall{rule(specs.ActErrno, "chroot", masked)}, 0x17, eperm},
		{"a mask of nothing is no condition", []specs.LinuxSyscall{rule(specs.ActErrno, "chroot", specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, ValueTwo: 1})}, 7, eperm},
		{"all conditions fail", []specs.LinuxSyscall{rule(specs.ActErrno, "chroot", masked)}, 0x27, allow},
	} {
		filter, err := Compile(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: test.rules})
		if err != nil {
			t.Errorf("%s: %v", test.what, err)
			continue
		}
		number, _ := nativeNumber("chroot")
		if got := ask(t, filter, call{number: number, arch: architectures[0].audit, args: [6]uint64{test.arg}}); got != test.want {
			t.Errorf("%s: got %#x, want %#x", test.what, got, test.want)
		}
	}
}

func TestRulesThatContradictEachOtherAreRefused(t *testing.T) {
	eq := func(index uint, value uint64) specs.LinuxSeccompArg {
		return specs.LinuxSeccompArg{Index: index, Op: specs.OpEqualTo, Value: value}
	}
	cmp := func(op specs.LinuxSeccompOperator, value uint64) specs.LinuxSeccompArg {
		return specs.LinuxSeccompArg{Op: op, Value: value}
	}
	for _, test := range []struct {
		one, other specs.LinuxSeccompArg
		refused    bool
	}{
		{eq(0, 1), eq(0, 2), false},
		{eq(0, 1), eq(0, 1), true},
		{eq(0, 1), eq(1, 2), true},
		{eq(0, 1), cmp(specs.OpNotEqual, 1), false},
		{cmp(specs.OpNotEqual, 1), cmp(specs.OpNotEqual, 2), true},
		{cmp(specs.OpLessThan, 5), cmp(specs.OpGreaterEqual, 5), false},
		{cmp(specs.OpLessEqual, 5), cmp(specs.OpGreaterEqual, 5), true},
		{cmp(specs.OpLessThan, 0), cmp(specs.OpGreaterEqual, 0), false},
		{cmp(specs.OpGreaterThan, 1<<40), cmp(specs.OpLessEqual, 7), false},
		{specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, Value: 3, ValueTwo: 1}, specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, Value: 1, ValueTwo: 0}, false},
		{specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, Value: 3, ValueTwo: 1}, specs.LinuxSeccompArg{Op: specs.OpMaskedEqual, Value: 4, ValueTwo: 0}, true},
	} {
		_, err := Compile(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{
			{Names: []string{"chroot"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{test.one}},
			{Names: []string{"chroot"}, Action: specs.ActKill, Args: []specs.LinuxSeccompArg{test.other}},
		}})
		if isRefused := err != nil && strings.Contains(err.Error(), "rules for chroot contradict"); isRefused != test.refused {
			t.Errorf("%+v and %+v: got %v, want refused %t", test.one, test.other, err, test.refused)
		}
	}
}

// A program of 32 bits opens a socket by socketcall(2) just as well.
func TestARuleCountsForTheCallThatStandsForIt(t *testing.T) {
	narrow := architectures[1]
	if len(narrow.through) == 0 {
		t.Skipf("%s has no calls that stand for others", narrow.name)
	}
	filter, err := Compile(&specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{narrow.name},
		Syscalls: []specs.LinuxSyscall{{Names: []string{"connect"}, Action: specs.ActErrno}},
	})
	if err != nil {
		t.Fatal(err)
	}
	number, _ := narrow.numberOf("socketcall")
	for which, want := range map[uint64]uint32{1: unix.SECCOMP_RET_ALLOW, 3: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)} {
		if got := ask(t, filter, call{number: number, arch: narrow.audit, args: [6]uint64{which}}); got != want {
			t.Errorf("socketcall %d: got %#x, want %#x", which, got, want)
		}
	}
}
