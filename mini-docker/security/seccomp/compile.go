package seccomp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// architecture is a set of system call numbers that the kernel understands.
type architecture struct {
	name     specs.Arch
	audit    uint32 // how the kernel names it to a filter
	numberOf func(name string) (uint32, bool)
	none     uint32              // numbers from here on are refused; 0: there is no such bound
	narrow   bool                // its arguments have 32 bits
	through  map[string]multiple // calls that can be made by way of another
}

// multiple is a call that stands for several, and which of them is meant.
type multiple struct {
	name  string
	which uint64 // its first argument
}

// Compile translates a profile. Calls that this machine's architecture does not
// have are passed over: profiles list those of all architectures.
func Compile(profile *specs.LinuxSeccomp) (Filter, error) {
	if profile.ListenerPath != "" || len(profile.Flags) > 0 {
		return nil, fmt.Errorf("seccomp flags and listeners are not supported")
	}
	otherwise, err := answer(profile.DefaultAction, profile.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	program := []unix.SockFilter{load(offsetArch)}
	for _, each := range architectures {
		if each.name != native && !slices.Contains(profile.Architectures, each.name) {
			continue
		}
		rules, err := rulesFor(profile, each, otherwise)
		if err != nil {
			return nil, err
		}
		block := append([]unix.SockFilter{load(offsetNumber)}, tree(rules, otherwise, each.none)...)
		program = append(program, unless(jumpEqual, each.audit, len(block))...)
		program = append(program, block...)
	}
	// A call in the numbers of an architecture that is not listed.
	program = append(program, ret(unix.SECCOMP_RET_KILL_PROCESS))
	if len(program) > unix.BPF_MAXINSNS {
		return nil, fmt.Errorf("the seccomp profile compiles to %d instructions, the kernel takes %d", len(program), unix.BPF_MAXINSNS)
	}
	return program, nil
}

// leaf is a run of system call numbers, from first on, that are treated alike.
type leaf struct {
	first uint32
	code  []unix.SockFilter
}

// tree finds a call's rules by halving: nine comparisons for 380 calls instead
// of one after the other. It is run at every system call, and when the filter
// is installed the kernel runs it once for every number there is, to remember
// the answers that depend on nothing else.
func tree(rules table, otherwise, none uint32) []unix.SockFilter {
	unlisted := []unix.SockFilter{ret(otherwise)}
	leaves := []leaf{{0, unlisted}}
	next := uint32(0)
	for _, number := range slices.Sorted(maps.Keys(rules)) {
		if number > next {
			leaves = append(leaves, leaf{next, unlisted})
		}
		leaves = append(leaves, leaf{number, decide(rules[number], otherwise)})
		next = number + 1
	}
	// A number beyond all that the profile knows is a call that came later. A
	// program that asks for one copes with ENOSYS, and often not with EPERM.
	noSuchCall := []unix.SockFilter{ret(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))}
	if forbids(otherwise) && len(rules) > 0 {
		unlisted = noSuchCall
	}
	leaves = append(leaves, leaf{next, unlisted})
	if none > next {
		leaves = append(leaves, leaf{none, noSuchCall})
	}
	return halve(merge(leaves))
}

// forbids says whether an answer keeps a call from being made. A tracer decides
// for itself, also about calls that came later.
func forbids(answer uint32) bool {
	switch answer & unix.SECCOMP_RET_ACTION_FULL {
	case unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_LOG, unix.SECCOMP_RET_TRACE:
		return false
	}
	return true
}

// merge joins neighbours that are treated alike.
func merge(leaves []leaf) []leaf {
	return slices.CompactFunc(leaves, func(a, b leaf) bool { return slices.Equal(a.code, b.code) })
}

// halve emits the comparison with the middle, then the lower half, then the
// upper one.
func halve(leaves []leaf) []unix.SockFilter {
	if len(leaves) == 1 {
		return leaves[0].code
	}
	middle := len(leaves) / 2
	lower, upper := halve(leaves[:middle]), halve(leaves[middle:])
	program := unless(jumpLess, leaves[middle].first, len(lower))
	return append(append(program, lower...), upper...)
}

// decide emits the rules of one call: one without conditions decides alone,
// else the first whose conditions hold.
func decide(rules []rule, otherwise uint32) []unix.SockFilter {
	var program []unix.SockFilter
	for _, each := range rules {
		if len(each.conditions) == 0 {
			return []unix.SockFilter{ret(each.answer)}
		}
		program = append(program, each.emit()...)
	}
	return append(program, ret(otherwise))
}

// emit answers if the conditions hold, and goes on behind itself if not.
func (r rule) emit() []unix.SockFilter {
	program := []unix.SockFilter{ret(r.answer)}
	for _, each := range slices.Backward(r.conditions) {
		program = append(condition(each, len(program)), program...)
	}
	return program
}
