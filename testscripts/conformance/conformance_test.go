package conformance

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const module = "github.com/opencontainers/runtime-tools"

// deadline is for one program with one runtime.
const deadline = 5 * time.Minute

// needed are the programs of which something must hold with runc, so that the
// comparison means something.
var needed = []string{
	"linux_ns_itype", "linux_ns_path", "linux_cgroups_relative_memory", "hooks_stdin", "poststop", "prestart_fail", "mounts", "default",
}

// oneAtATime says whether a program makes cgroups of names that others use as well.
func oneAtATime(program string) bool {
	return strings.Contains(program, "cgroups") || strings.Contains(program, "resources")
}

// suite is a folder with the programs, and what they need beside them.
type suite struct {
	dir      string
	programs []string
	runtimes map[string]string // by name: a program of its own
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = dir
	var complaint bytes.Buffer
	command.Stderr = &complaint
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, complaint.Bytes())
	}
	return strings.TrimSpace(string(text))
}

// newSuite builds the programs.
func newSuite(t *testing.T) suite {
	t.Helper()
	if os.Geteuid() != 0 || runtime.GOARCH != "amd64" {
		t.Skip("needs root, and the root file system of runtime-tools, which is for amd64")
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		t.Skip("runc is not installed here")
	}
	bin, err := filepath.Abs(cmp.Or(os.Getenv("DRYDOCK_BIN"), filepath.Join("..", "..", "bin")))
	if err != nil {
		t.Fatal(err)
	}
	s := suite{dir: t.TempDir(), runtimes: map[string]string{}}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"runc": runc + " --root " + s.dir + "/state-runc",
		"ours": filepath.Join(bin, "mini-docker") + " runtime --root " + s.dir + "/state-ours",
	} {
		s.runtimes[name] = filepath.Join(s.dir, "runtime-"+name)
		if err := os.WriteFile(s.runtimes[name], fmt.Appendf(nil, "#!/bin/sh\nexec %s \"$@\"\n", line), 0o755); err != nil {
			t.Fatal(err)
		}
		command(t, "", s.runtimes[name], "--version") // `make build` first
		t.Cleanup(func() { s.clear(t, name) })
	}
	packages := module + "/validation/..."
	for each := range strings.FieldsSeq(command(t, "", "go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, packages)) {
		s.programs = append(s.programs, path.Base(each))
	}
	command(t, "", "go", "build", "-ldflags=-s -w", "-o", s.dir+"/", packages, module+"/cmd/runtimetest")
	source := command(t, "", "go", "list", "-m", "-f", "{{.Dir}}", module)
	command(t, "", "cp", filepath.Join(source, "rootfs-"+runtime.GOARCH+".tar.gz"), s.dir)
	return s
}

// clear removes the containers that a program left.
func (s suite) clear(t *testing.T, name string) {
	for id := range strings.FieldsSeq(command(t, "", s.runtimes[name], "list", "-q")) {
		command(t, "", s.runtimes[name], "delete", "-f", id)
	}
}

// run has a program try a runtime. Its mounts are nobody else's: some containers
// have no mount namespace of their own.
func (s suite) run(t *testing.T, program, name string) results {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(s.dir, program))
	command.Dir = s.dir
	command.Env = append(os.Environ(), "RUNTIME="+s.runtimes[name], "TMPDIR="+t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	command.WaitDelay = 10 * time.Second
	var said, complaint bytes.Buffer
	command.Stdout, command.Stderr = &said, &complaint
	err := command.Run()
	found := parse(program, said.String())
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s with %s: %v", program, name, err)
	} else if err != nil {
		found[program+" ends well"] = struct{ ok, notOK int }{0, 1}
	} else {
		found[program+" ends well"] = struct{ ok, notOK int }{1, 0}
	}
	ok, notOK := found.total()
	t.Logf("%s: %d hold, %d do not\n%s", name, ok, notOK, complaint.Bytes())
	return found
}

func TestWhatHoldsOfRuncsContainersHoldsOfOurs(t *testing.T) {
	s := newSuite(t)
	for _, program := range s.programs {
		t.Run(program, func(t *testing.T) {
			if !oneAtATime(program) {
				t.Parallel()
			}
			theirs, ours := s.run(t, program, "runc"), s.run(t, program, "ours")
			worse, better := compare(theirs, ours)
			for _, each := range worse {
				t.Errorf("holds less than with runc: %s\nrunc %+v, ours %+v", each, theirs[each], ours[each])
			}
			for _, each := range better {
				t.Logf("holds more than with runc: %s: runc %+v, ours %+v", each, theirs[each], ours[each])
			}
			for _, each := range needed {
				if ok, _ := theirs.total(); each == program && ok < 2 {
					t.Errorf("nothing holds of runc's containers, so this says nothing of ours: %+v", theirs)
				}
			}
		})
	}
}
