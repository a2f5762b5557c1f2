package cgroup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// deviceText writes a rule as v1 reads it: "c 1:3 rwm", "a *:* rwm".
func deviceText(rule specs.LinuxDeviceCgroup) string {
	number := func(n *int64) string {
		if n == nil || *n < 0 {
			return "*"
		}
		return strconv.FormatInt(*n, 10)
	}
	return fmt.Sprintf("%s %s:%s %s", deviceType(rule), number(rule.Major), number(rule.Minor), deviceAccess(rule))
}

func deviceType(rule specs.LinuxDeviceCgroup) string {
	if rule.Type == "" {
		return "a" // all
	}
	return rule.Type
}

func deviceAccess(rule specs.LinuxDeviceCgroup) string {
	if rule.Access == "" {
		return "rwm"
	}
	return rule.Access
}

// setDevices has the kernel ask a small program of ours before a process of the
// group opens or makes a device: v2 has no files for that. See bpf(2),
// admin-guide/cgroup-v2.rst, Device controller.
func (g *v2) setDevices(rules []specs.LinuxDeviceCgroup) error {
	if len(rules) == 0 {
		return nil
	}
	program, err := loadProgram(deviceProgram(rules))
	if errors.Is(err, unix.EPERM) && os.Getuid() != 0 {
		return nil // in a user namespace nobody can make devices anyway: mknod(2)
	}
	if err != nil {
		return fmt.Errorf("loading the program that guards devices: %w", err)
	}
	defer unix.Close(program)
	dir, err := os.Open(g.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return attachProgram(int(dir.Fd()), program)
}

// An instruction of the kernel's virtual machine: eight bytes, little-endian on
// the machines we run on. See the kernel's bpf/standardization/instruction-set.
type instruction struct {
	code     byte
	dst, src byte
	offset   int16
	constant int32
}

// The registers as deviceProgram uses them, and the instructions it needs.
const (
	verdict, context                  = 0, 1 // r0 is the answer, r1 the question
	deviceKind, access, major, minor  = 2, 3, 4, 5
	scratch                           = 6
	load32, andConst, shiftRightConst = 0x61, 0x57, 0x77
	move, moveConst                   = 0xbf, 0xb7
	jumpIfNotEqual, jumpIfEqual, exit = 0x55, 0x15, 0x95
)

// deviceProgram translates rules into a program that answers 1 (let it) or 0.
// The last rule that applies counts, so they are tried from the last to the
// first; where none applies the answer is yes.
func deviceProgram(rules []specs.LinuxDeviceCgroup) []instruction {
	program := []instruction{
		// struct bpf_cgroup_dev_ctx { u32 access_type, major, minor; }
		// access_type is what is wanted (mknod 1, read 2, write 4) << 16 | kind
		{code: load32, dst: deviceKind, src: context, offset: 0},
		{code: load32, dst: access, src: context, offset: 0},
		{code: andConst, dst: deviceKind, constant: 0xffff},
		{code: shiftRightConst, dst: access, constant: 16},
		{code: load32, dst: major, src: context, offset: 4},
		{code: load32, dst: minor, src: context, offset: 8},
	}
	for i := len(rules) - 1; i >= 0; i-- {
		program = append(program, ruleInstructions(rules[i])...)
	}
	return append(program, answer(true)...)
}

func answer(allow bool) []instruction {
	number := int32(0)
	if allow {
		number = 1
	}
	return []instruction{{code: moveConst, dst: verdict, constant: number}, {code: exit}}
}

// ruleInstructions answers if the rule applies and falls through if not.
func ruleInstructions(rule specs.LinuxDeviceCgroup) []instruction {
	var tests []instruction // each jumps behind the rule if it does not apply
	switch deviceType(rule) {
	case "b":
		tests = append(tests, instruction{code: jumpIfNotEqual, dst: deviceKind, constant: 1})
	case "c":
		tests = append(tests, instruction{code: jumpIfNotEqual, dst: deviceKind, constant: 2})
	}
	wanted := int32(0)
	for sign, bit := range map[string]int32{"m": 1, "r": 2, "w": 4} {
		if strings.Contains(deviceAccess(rule), sign) {
			wanted |= bit
		}
	}
	tests = append(tests, instruction{code: move, dst: scratch, src: access})
	if rule.Allow { // applies if nothing is wanted but what the rule allows
		tests = append(tests, instruction{code: andConst, dst: scratch, constant: ^wanted & 7},
			instruction{code: jumpIfNotEqual, dst: scratch, constant: 0})
	} else { // applies if any of what it denies is wanted
		tests = append(tests, instruction{code: andConst, dst: scratch, constant: wanted},
			instruction{code: jumpIfEqual, dst: scratch, constant: 0})
	}
	for register, number := range map[byte]*int64{major: rule.Major, minor: rule.Minor} {
		if number != nil && *number >= 0 {
			tests = append(tests, instruction{code: jumpIfNotEqual, dst: register, constant: int32(*number)})
		}
	}
	whole := append(tests, answer(rule.Allow)...)
	for i := range tests {
		if whole[i].code == jumpIfNotEqual || whole[i].code == jumpIfEqual {
			whole[i].offset = int16(len(whole) - i - 1) // counted from the next one
		}
	}
	return whole
}

// bytes is the instruction as the kernel reads it.
func (i instruction) bytes() []byte {
	b := []byte{i.code, i.src<<4 | i.dst}
	b = binary.LittleEndian.AppendUint16(b, uint16(i.offset))
	return binary.LittleEndian.AppendUint32(b, uint32(i.constant))
}

// loadProgram gives a program to the kernel, which checks that it ends and
// reads nothing it should not. See bpf(2), BPF_PROG_LOAD.
func loadProgram(program []instruction) (fd int, err error) {
	var code []byte
	for _, each := range program {
		code = append(code, each.bytes()...)
	}
	license := []byte("Apache-2.0\x00")
	var pinned runtime.Pinner // the kernel gets addresses: nothing may move
	pinned.Pin(&code[0])
	pinned.Pin(&license[0])
	defer pinned.Unpin()
	attributes := struct {
		kind, count   uint32
		code, license uint64
		_             [96]byte
	}{
		kind: unix.BPF_PROG_TYPE_CGROUP_DEVICE, count: uint32(len(program)),
		code: uint64(uintptr(unsafe.Pointer(&code[0]))), license: uint64(uintptr(unsafe.Pointer(&license[0]))),
	}
	result, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD,
		uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
	if errno != 0 {
		return -1, errno
	}
	return int(result), nil
}

// attachProgram makes a loaded program the guard of a group's devices. See
// bpf(2), BPF_PROG_ATTACH.
func attachProgram(group, program int) error {
	attributes := struct{ group, program, kind, flags uint32 }{
		uint32(group), uint32(program), unix.BPF_CGROUP_DEVICE, unix.BPF_F_ALLOW_MULTI,
	}
	_, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_ATTACH,
		uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
	if errno != 0 {
		return fmt.Errorf("attaching the program that guards devices: %w", errno)
	}
	return nil
}
