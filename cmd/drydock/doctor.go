package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/sandbox"
)

// doctorCommand says what this machine can do, what that means lesson by
// lesson, and how to get what is missing.
func doctorCommand(t *tutor) *cobra.Command {
	apparmor := false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "see what this machine can do, and how to get what it lacks",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if apparmor {
				return t.printProfile()
			}
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			return t.printDoctor(t.examine(cmd.Context()), all)
		},
	}
	cmd.Flags().BoolVar(&apparmor, "apparmor", false, "print a profile that lets drydock make user namespaces")
	return cmd
}

// printProfile prints what lets our programs, where they lie now, make user
// namespaces on a machine whose AppArmor forbids them.
func (t *tutor) printProfile() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	root := dirs.Locate(t.getenv("MINI_DOCKER_ROOT")).Root
	_, err = io.WriteString(t.out, sandbox.AppArmorProfile(sandbox.ProgramsFor(filepath.Dir(self), root)))
	return err
}

// examine looks for all that lessons need of this machine.
func (t *tutor) examine(ctx context.Context) []sandbox.Finding {
	scratch := ""
	if cache, err := t.learner().CacheDir(); err == nil {
		scratch = world.Scratch(cache)
	}
	return append(sandbox.Probe(ctx, scratch), goFinding(ctx))
}

// printDoctor prints the findings and the lessons, with words for marks.
func (t *tutor) printDoctor(found []sandbox.Finding, all []lessons.Lesson) error {
	if _, err := fmt.Fprintln(t.out, "This machine:"); err != nil {
		return err // a full disk: nobody would see the rest
	}
	for _, f := range found {
		mark := "ok"
		if !f.OK {
			mark = "missing"
		}
		t.sayAt(fmt.Sprintf("  %-8s %-16s ", mark, f.Name), f.Detail)
		if !f.OK && f.Fix != "" {
			t.sayAt("           to get it: ", f.Fix)
		}
	}
	fmt.Fprintln(t.out, "\nLessons:")
	lacking := 0
	for _, l := range all {
		missing := session.Lacks(l, found)
		if len(missing) == 0 {
			fmt.Fprintf(t.out, "  ok       %s\n", l.ID)
			continue
		}
		lacking++
		t.sayAt("  missing  ", l.ID+" needs "+strings.Join(missing, ", "))
	}
	if lacking > 0 {
		t.say("\n%d of %d lessons need something that this machine lacks. They can be read all the same.\n", lacking, len(all))
		return codeNotYet
	}
	t.say("\nAll %d lessons work here. To begin: %s\n", len(all), t.typed("start "+all[0].ID))
	return nil
}

// goVersion picks the numbers out of `go version go1.26.8 linux/amd64`.
var goVersion = regexp.MustCompile(`go(\d+)\.(\d+)`)

// goFinding looks for the toolchain that build labs compile with.
func goFinding(ctx context.Context) sandbox.Finding {
	f := sandbox.Finding{Name: "go", Fix: "install Go 1.26 or newer: https://go.dev/doc/install"}
	path, err := exec.LookPath("go")
	if err != nil {
		f.Detail = "there is no go command in PATH; only build labs need it"
		return f
	}
	text, err := exec.CommandContext(ctx, path, "env", "GOVERSION").Output()
	f.Detail = strings.TrimSpace(string(text))
	var major, minor int
	if m := goVersion.FindStringSubmatch(f.Detail); err == nil && m != nil {
		fmt.Sscan(m[1], &major)
		fmt.Sscan(m[2], &minor)
	}
	f.OK = major > 1 || major == 1 && minor >= 26
	return f
}
