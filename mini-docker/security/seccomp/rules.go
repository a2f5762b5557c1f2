package seccomp

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A profile means what libseccomp makes of it, by way of which runc and crun load
// it: a rule that says what the default says is left out, as if it were not
// there; of rules without conditions the first counts, whatever comes before or
// behind it; else any rule answers whose conditions hold. See seccomp_rule_add(3).

// rule is what happens to one system call.
type rule struct {
	name       string // of the call
	answer     uint32
	conditions []specs.LinuxSeccompArg // all must hold; none given: always
}

// table holds the rules of each system call, by number.
type table map[uint32][]rule

// rulesFor sorts the profile's rules by the numbers of one architecture. A call
// has an entry, if an empty one, as soon as the profile speaks of it.
func rulesFor(profile *specs.LinuxSeccomp, on architecture, otherwise uint32) (table, error) {
	rules := table{}
	for _, each := range profile.Syscalls {
		code, err := answer(each.Action, each.ErrnoRet)
		if err != nil {
			return nil, err
		}
		if err := checkConditions(each.Args); err != nil {
			return nil, err
		}
		for _, name := range each.Names {
			if number, ok := on.numberOf(name); ok {
				rules.mention(number)
			}
			if code == otherwise {
				continue
			}
			for _, conditions := range alternatives(each.Args) {
				rules.add(on, rule{name, code, simplify(conditions, on.narrow)})
			}
		}
	}
	return rules, rules.check()
}

// add adds a rule under the numbers by which its call can be made: its own and,
// on some architectures, that of a call which stands for several.
func (t table) add(on architecture, r rule) {
	if number, ok := on.numberOf(r.name); ok {
		t.put(number, r)
	}
	if through, ok := on.through[r.name]; ok {
		if number, ok := on.numberOf(through.name); ok {
			// The first argument says which; the call's own come by a pointer,
			// which a filter cannot follow.
			which := specs.LinuxSeccompArg{Index: 0, Value: through.which, Op: specs.OpEqualTo}
			others := slices.DeleteFunc(slices.Clone(r.conditions), func(c specs.LinuxSeccompArg) bool { return c.Index == 0 })
			t.put(number, rule{r.name, r.answer, append(others, which)})
		}
	}
}

// mention makes sure that a call has an entry.
func (t table) mention(number uint32) {
	if _, ok := t[number]; !ok {
		t[number] = nil
	}
}

func (t table) put(number uint32, r rule) {
	have := t[number]
	switch {
	case len(have) == 1 && len(have[0].conditions) == 0:
	case len(r.conditions) == 0:
		t[number] = []rule{r}
	default:
		t[number] = append(have, r)
	}
}

// check refuses rules of one call that could hold at the same time and answer
// differently. Which of them counts then is decided within libseccomp by how it
// has sorted their comparisons, and nobody who writes a profile can know.
func (t table) check() error {
	for _, number := range slices.Sorted(maps.Keys(t)) {
		rules := t[number]
		for i, one := range rules {
			for _, other := range rules[:i] {
				if one.answer != other.answer && !disjoint(one.conditions, other.conditions) {
					return fmt.Errorf("the seccomp rules for %s contradict each other: "+
						"two with different actions may hold for the same arguments", one.name)
				}
			}
		}
	}
	return nil
}

// disjoint says whether no arguments can meet both lists of conditions, as far
// as two conditions at a time tell.
func disjoint(some, others []specs.LinuxSeccompArg) bool {
	return slices.ContainsFunc(some, func(a specs.LinuxSeccompArg) bool {
		return slices.ContainsFunc(others, func(b specs.LinuxSeccompArg) bool {
			return a.Index == b.Index && (excludes(a, b) || excludes(b, a))
		})
	})
}

// excludes says whether no value meets both conditions.
func excludes(a, b specs.LinuxSeccompArg) bool {
	switch {
	case a.Op == specs.OpEqualTo:
		return !holds(b, a.Value)
	case a.Op == specs.OpMaskedEqual && b.Op == specs.OpMaskedEqual:
		return (a.ValueTwo^b.ValueTwo)&a.Value&b.Value != 0
	}
	lowest, highest, isRange := rangeOf(a)
	from, to, isRangeToo := rangeOf(b)
	return isRange && isRangeToo && max(lowest, from) > min(highest, to)
}

// rangeOf returns the values that meet a comparison of sizes. None do where the
// lowest is above the highest.
func rangeOf(c specs.LinuxSeccompArg) (lowest, highest uint64, ok bool) {
	switch {
	case c.Op == specs.OpGreaterEqual:
		return c.Value, math.MaxUint64, true
	case c.Op == specs.OpGreaterThan && c.Value < math.MaxUint64:
		return c.Value + 1, math.MaxUint64, true
	case c.Op == specs.OpLessEqual:
		return 0, c.Value, true
	case c.Op == specs.OpLessThan && c.Value > 0:
		return 0, c.Value - 1, true
	case c.Op == specs.OpGreaterThan, c.Op == specs.OpLessThan:
		return 1, 0, true
	}
	return 0, 0, false
}

// holds says whether a value meets a condition.
func holds(c specs.LinuxSeccompArg, value uint64) bool {
	switch c.Op {
	case specs.OpEqualTo:
		return value == c.Value
	case specs.OpNotEqual:
		return value != c.Value
	case specs.OpMaskedEqual:
		return value&c.Value == c.ValueTwo
	}
	lowest, highest, _ := rangeOf(c)
	return lowest <= value && value <= highest
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

// simplify brings conditions into the form in which they are compared: arguments
// of an architecture with 32 bits have 32, what a mask hides does not count, and
// a mask that hides everything is no condition.
func simplify(conditions []specs.LinuxSeccompArg, narrow bool) []specs.LinuxSeccompArg {
	var simple []specs.LinuxSeccompArg
	for _, c := range conditions {
		if narrow {
			c.Value, c.ValueTwo = uint64(uint32(c.Value)), uint64(uint32(c.ValueTwo))
		}
		if c.Op == specs.OpMaskedEqual {
			if c.ValueTwo &= c.Value; c.Value == 0 {
				continue
			}
		}
		simple = append(simple, c)
	}
	return simple
}
