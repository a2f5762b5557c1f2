package static

import (
	"debug/elf"
	_ "net" // makes a program dynamic, with cgo
	"os"
	"slices"
	"testing"
)

func TestMain(m *testing.M) {
	Become()
	os.Exit(m.Run())
}

func TestTheProgramNeedsNoLinker(t *testing.T) {
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("the program names a dynamic linker, which no container has")
	}
}
