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
	none     uint32 // numbers from here on are refused; 0: there is no such bound
}

// rule is what happens to one system call.
type rule struct {
	answer     uint32
	conditions []specs.LinuxSeccompArg // all must hold; none given: always
}

// table holds the rules of each system call, by number.
type table map[uint32][]rule

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
		rules, err := rulesFor(profile, each.numberOf)
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

// rulesFor sorts the profile's rules by the numbers of one architecture.
func rulesFor(profile *specs.LinuxSeccomp, numberOf func(string) (uint32, bool)) (table, error) {
	rules := table{}
	for _, each := range profile.Syscalls {
		code, err := answer(each.Action, each.ErrnoRet)
		if err != nil {
			return nil, err
		}
		if err := checkConditions(each.Args); err != nil {
			return nil, err
		}
		for _, conditions := range alternatives(each.Args) {
			for _, name := range each.Names {
				if number, ok := numberOf(name); ok {
					rules[number] = append(rules[number], rule{code, conditions})
				}
			}
		}
	}
	return rules, nil
}

// checkConditions refuses what cannot be compared.
func checkConditions(args []specs.LinuxSeccompArg) error {
	for _, each := range args {
		if each.Index > 5 {
			return fmt.Errorf("a seccomp rule speaks of argument %d: a system call has six, from 0 on", each.Index)
		}
		switch each.Op {
		case specs.OpEqualTo, specs.OpNotEqual, specs.OpMaskedEqual, specs.OpGreaterThan,
			specs.OpGreaterEqual, specs.OpLessThan, specs.OpLessEqual:
		default:
			return fmt.Errorf("the seccomp comparison %q is unknown", each.Op)
		}
	}
	return nil
}

// alternatives splits conditions that speak of the same argument twice: those
// are meant as "or", while conditions on different arguments must all hold.
func alternatives(args []specs.LinuxSeccompArg) [][]specs.LinuxSeccompArg {
	seen := map[uint]bool{}
	for _, each := range args {
		if seen[each.Index] {
			var split [][]specs.LinuxSeccompArg
			for _, single := range args {
				split = append(split, []specs.LinuxSeccompArg{single})
			}
			return split
		}
		seen[each.Index] = true
	}
	return [][]specs.LinuxSeccompArg{args}
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
	if otherwise&unix.SECCOMP_RET_ACTION_FULL == unix.SECCOMP_RET_ERRNO {
		unlisted = noSuchCall
	}
	leaves = append(leaves, leaf{next, unlisted})
	if none > next {
		leaves = append(leaves, leaf{none, noSuchCall})
	}
	return halve(merge(leaves))
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
