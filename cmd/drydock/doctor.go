package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"drydock/lessons"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// doctorCommand says what this machine can do, what that means lesson by
// lesson, and how to get what is missing.
func doctorCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "see what this machine can do, and how to get what it lacks",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			return t.printDoctor(examine(cmd.Context()), all)
		},
	}
}

// examine looks for all that lessons need of this machine.
func examine(ctx context.Context) []sandbox.Finding {
	found := append(sandbox.Probe(ctx), goFinding(ctx))
	return append(found, controllerFindings(controllers(), testscripts.CgroupsWritable())...)
}

// needFinding is the finding that decides on a need of a lesson. Who is root
// needs no user namespaces to have a sandbox.
var needFinding = map[string]string{
	"userns": "namespaces", "overlay": "overlay", "net": "network", "go": "go",
	"cgroup memory": "cgroup memory", "cgroup cpu": "cgroup cpu", "cgroup pids": "cgroup pids",
}

// printDoctor prints the findings and the lessons, with words for marks.
func (t *tutor) printDoctor(found []sandbox.Finding, all []lessons.Lesson) error {
	fmt.Fprintln(t.out, "This machine:")
	for _, f := range found {
		mark := "ok"
		if !f.OK {
			mark = "missing"
		}
		fmt.Fprintf(t.out, "  %-8s %-16s %s\n", mark, f.Name, f.Detail)
		if !f.OK && f.Fix != "" {
			fmt.Fprintf(t.out, "           to get it: %s\n", f.Fix)
		}
	}
	fmt.Fprintln(t.out, "\nLessons:")
	lacking := 0
	for _, l := range all {
		missing := missingNeeds(l, found)
		if len(missing) == 0 {
			fmt.Fprintf(t.out, "  ok       %s\n", l.ID)
			continue
		}
		lacking++
		fmt.Fprintf(t.out, "  missing  %s needs %s\n", l.ID, strings.Join(missing, ", "))
	}
	if lacking > 0 {
		fmt.Fprintf(t.out, "\n%d of %d lessons need something that this machine lacks. They can be read all the same.\n", lacking, len(all))
		return codeNotYet
	}
	fmt.Fprintf(t.out, "\nAll %d lessons work here. To begin: drydock start %s\n", len(all), all[0].ID)
	return nil
}

// missingNeeds are the needs of a lesson whose finding is bad. What nobody
// looked for is not held against the machine.
func missingNeeds(l lessons.Lesson, found []sandbox.Finding) []string {
	var missing []string
	for _, need := range l.Needs {
		i := slices.IndexFunc(found, func(f sandbox.Finding) bool { return f.Name == needFinding[need] })
		if i >= 0 && !found[i].OK {
			missing = append(missing, need)
		}
	}
	return missing
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

// controllers are the cgroup controllers that the kernel has switched on: those
// of version 2 stand in one file, those of version 1 in a table
// (proc_cgroups(5)).
func controllers() []string {
	if text, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return strings.Fields(string(text))
	}
	var on []string
	table, _ := os.ReadFile("/proc/cgroups")
	for line := range strings.Lines(string(table)) {
		// name, hierarchy (0: not mounted), number of groups, enabled
		if f := strings.Fields(line); len(f) == 4 && f[1] != "0" && f[3] == "1" {
			on = append(on, f[0])
		}
	}
	return on
}

// controllerFindings says of each controller whether it is on, and whether it is
// of use to this user: it is where they can make groups.
func controllerFindings(on []string, writable bool) []sandbox.Finding {
	var all []sandbox.Finding
	for _, name := range []string{"memory", "cpu", "pids"} {
		f := sandbox.Finding{Name: "cgroup " + name, OK: slices.Contains(on, name), Detail: "the kernel counts and limits it"}
		if !f.OK {
			f.Detail = "the kernel has no such controller, or it is switched off"
			f.Fix = fmt.Sprintf("boot with `cgroup_enable=%s` on the kernel's command line", name)
		} else if !writable {
			f.OK, f.Detail = false, "this user may make no cgroups: those of version 1 are root's alone, of version 2 a part has to be delegated"
			f.Fix = "run drydock as root, or where version 2 is: systemd-run --user --scope -p Delegate=yes drydock start limits"
		}
		all = append(all, f)
	}
	return all
}
