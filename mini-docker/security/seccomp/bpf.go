package seccomp

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The program reads from a struct seccomp_data { int nr; u32 arch; u64
// instruction_pointer; u64 args[6]; } and has one register. See seccomp(2) and
// the kernel's networking/filter.rst.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
)

// The comparisons of the register with a constant.
const (
	jumpEqual   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpGreater = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	jumpAtLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	jumpLess    = -1 // not in the machine: the opposite of jumpAtLeast
)

// load loads 32 bits of the struct into the register.
func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// ret ends the program with an answer.
func ret(answer uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: answer}
}

// unless skips the next instructions unless the comparison holds. A comparison
// itself reaches over 255 instructions only, a plain jump over any number.
func unless(comparison int, constant uint32, skip int) []unix.SockFilter {
	far := unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(skip)}
	if comparison == jumpLess {
		return []unix.SockFilter{{Code: jumpAtLeast, K: constant, Jf: 1}, far}
	}
	return []unix.SockFilter{{Code: uint16(comparison), K: constant, Jt: 1}, far}
}

// condition skips behind the next instructions unless the argument compares as
// the condition wants. Arguments have 64 bits and the register 32, so the upper
// halves are compared first.
func condition(c specs.LinuxSeccompArg, skip int) []unix.SockFilter {
	low, high := uint32(offsetArgs+8*c.Index), uint32(offsetArgs+8*c.Index+4)
	valueLow, valueHigh := uint32(c.Value), uint32(c.Value>>32)
	and := func(mask uint64) []unix.SockFilter {
		return []unix.SockFilter{
			load(high), {Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: uint32(mask >> 32)},
			load(low), {Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: uint32(mask)},
		}
	}
	switch c.Op {
	case specs.OpEqualTo:
		return equal([]unix.SockFilter{load(high), load(low)}, c.Value, skip)
	case specs.OpMaskedEqual:
		return equal(and(c.Value), c.ValueTwo, skip)
	case specs.OpNotEqual: // a differing half is enough
		return []unix.SockFilter{
			load(high), {Code: jumpEqual, K: valueHigh, Jf: 3},
			load(low), {Code: jumpEqual, K: valueLow, Jf: 1},
			{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(skip)},
		}
	case specs.OpGreaterThan:
		return ordered(low, high, c.Value, jumpGreater, false, skip)
	case specs.OpGreaterEqual:
		return ordered(low, high, c.Value, jumpAtLeast, false, skip)
	case specs.OpLessThan:
		return ordered(low, high, c.Value, jumpAtLeast, true, skip)
	default: // OpLessEqual
		return ordered(low, high, c.Value, jumpGreater, true, skip)
	}
}

// equal compares both halves. loads brings the upper half into the register in
// its first part and the lower in its second.
func equal(loads []unix.SockFilter, value uint64, skip int) []unix.SockFilter {
	half := len(loads) / 2
	program := append([]unix.SockFilter{}, loads[:half]...)
	program = append(program, unless(jumpEqual, uint32(value>>32), half+2+skip)...)
	program = append(program, loads[half:]...)
	return append(program, unless(jumpEqual, uint32(value), skip)...)
}

// ordered compares sizes: a larger upper half is larger, a smaller one smaller,
// and between equal ones the lower halves decide. The comparison is "larger" or
// "at least", or the opposite of it.
func ordered(low, high uint32, value uint64, comparison uint16, opposite bool, skip int) []unix.SockFilter {
	larger, smaller := uint8(4), uint8(3) // from the 2nd and the 3rd: to after, to the last
	if opposite {
		larger, smaller = 3, 4
	}
	last := unix.SockFilter{Code: comparison, K: uint32(value), Jt: 1}
	if opposite {
		last.Jt, last.Jf = 0, 1
	}
	return []unix.SockFilter{
		load(high),
		{Code: jumpGreater, K: uint32(value >> 32), Jt: larger},
		{Code: jumpEqual, K: uint32(value >> 32), Jf: smaller - 1},
		load(low),
		last,
		{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(skip)},
	}
}
