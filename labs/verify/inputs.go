package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"drydock/labs"
	"drydock/labs/proof"
	"drydock/labs/source"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// inputs are what a proof depends on beside the machine and the code that proves.
// They are asked for when it is its turn, since they may cost a build.
type inputs func(context.Context) ([]string, error)

// key is what the passing of a task is remembered under. ok is false for one that
// is not to be remembered, or whose inputs cannot be told: then making it will say
// why.
func (v *verifier) key(ctx context.Context, t task) (_ proof.Key, ok bool) {
	if v.Proofs == nil || t.inputs == nil || v.Update {
		return "", false
	}
	own, err := t.inputs(ctx)
	common, commonErr := v.common()
	if err != nil || commonErr != nil {
		return "", false
	}
	return proof.KeyOf(append([]string{t.lesson, t.what, common}, own...)...), true
}

// ofState are the inputs of a proof about what some lab's commands do in a sandbox.
func (v *verifier) ofState(l labs.Lab) inputs {
	return func(context.Context) ([]string, error) {
		programs, err := v.programs(l.Lesson())
		if err != nil {
			return nil, err
		}
		return v.ofFiles(programs, l)
	}
}

// ofConsoles are the inputs of a proof about a lesson's console blocks.
func (v *verifier) ofConsoles(l lessons.Lesson) inputs {
	return func(context.Context) ([]string, error) {
		programs, err := v.programs(l.ID)
		if err != nil {
			return nil, err
		}
		return v.ofFiles(append(programs, string(l.Source)), labs.Of(v.Labs, l.ID)...)
	}
}

// ofBuild are the inputs of a proof about an engine in which some files differ.
func (v *verifier) ofBuild(l labs.Lab, changed sources) inputs {
	return func(ctx context.Context) ([]string, error) {
		packages := []string{}
		for _, pkg := range l.Tests {
			packages = append(packages, "./"+pkg)
		}
		tests, err := v.buildIDs(ctx, append([]string{"-test"}, packages...)...)
		if err != nil {
			return nil, err
		}
		engine, err := v.buildIDs(ctx, "./cmd/mini-docker")
		if err != nil {
			return nil, err
		}
		all := []string{tests, engine}
		for _, file := range slices.Sorted(maps.Keys(changed)) {
			all = append(all, file, string(changed[file]))
		}
		return v.ofFiles(all, l)
	}
}

// ofFiles adds the files of labs and the scripts that check them.
func (v *verifier) ofFiles(all []string, of ...labs.Lab) ([]string, error) {
	for _, l := range of {
		text, err := fs.ReadFile(v.module, l.Path)
		if err != nil {
			return nil, err
		}
		all = append(all, string(text))
		for _, name := range l.Scripts {
			script, err := v.Scripts(name)
			if err != nil {
				return nil, err
			}
			all = append(all, script.Text)
		}
	}
	return all, nil
}

// buildIDs are what the go command knows packages by. One changes with the
// package, with all that it imports, and with the compiler (`go help buildid`).
func (v *verifier) buildIDs(ctx context.Context, packages ...string) (string, error) {
	args := append([]string{"list", "-export", "-trimpath", "-f", "{{.ImportPath}} {{.BuildID}}"}, packages...)
	return v.once("build ids "+strings.Join(packages, " "), func() (string, error) {
		list := exec.CommandContext(ctx, "go", args...)
		list.Dir, list.Env = v.Module, append(os.Environ(), "CGO_ENABLED=0")
		text, err := list.Output()
		return string(text), err
	})
}

// programs are the digests of those in the sandboxes of a lesson: mini-docker, and
// what makes a cluster where one is needed.
func (v *verifier) programs(lesson string) (digests []string, err error) {
	paths := []string{v.Machine.MiniDocker}
	if v.needs(lesson, "cluster") {
		paths = append(paths, v.Machine.MiniK8s)
		if _, err := os.Stat(v.Machine.Kubectl); err == nil {
			paths = append(paths, v.Machine.Kubectl)
		}
	}
	for _, path := range paths {
		sum, err := v.once("digest of "+path, func() (string, error) {
			program, err := os.ReadFile(path)
			return digest(program), err
		})
		if err != nil {
			return nil, err
		}
		digests = append(digests, sum)
	}
	return digests, nil
}

// common are the inputs of all proofs: the base, this
// machine, and the code that proves.
func (v *verifier) common() (string, error) {
	return v.once("common", func() (string, error) {
		fsys, ok := source.FS()
		if !ok {
			return "", fs.ErrNotExist
		}
		prover, err := sourceDigest(fsys, "labs/verify")
		return strings.Join([]string{world.BaseDigest(), v.facts, prover}, "\n"), err
	})
}

// sourceDigest is the digest of a package's source and that of all packages of
// this module that it imports. The source is what this very program was built
// from, not what lies in the module today.
func sourceDigest(fsys fs.FS, root string) (string, error) {
	all := sha256.New()
	seen := map[string]bool{root: true}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		files, err := fs.Glob(fsys, path.Join(queue[0], "*.go"))
		if err != nil {
			return "", err
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(all, "%s %d\n%s", name, len(text), text)
			parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				return "", err
			}
			for _, each := range parsed.Imports {
				pkg, ours := strings.CutPrefix(strings.Trim(each.Path.Value, `"`), "drydock/")
				if ours && !seen[pkg] {
					seen[pkg] = true
					queue = append(queue, pkg)
				}
			}
		}
	}
	sums, err := fs.ReadFile(fsys, "go.sum") // what it imports of others
	all.Write(sums)
	return hex.EncodeToString(all.Sum(nil)), err
}

// facts are what a proof can find different on another machine, or as another
// user: what `drydock doctor` looks for, the kernel, and what bounds this process.
func facts(ctx context.Context, scratch string) string {
	var all strings.Builder
	for _, f := range sandbox.Probe(ctx, scratch) {
		fmt.Fprintf(&all, "%s %v\n", f.Name, f.OK)
		if f.OK { // else it may name a folder that is made for each look
			fmt.Fprintln(&all, f.Detail)
		}
	}
	var kernel unix.Utsname
	if err := unix.Uname(&kernel); err == nil {
		fmt.Fprintln(&all, unix.ByteSliceToString(kernel.Release[:]), unix.ByteSliceToString(kernel.Version[:]))
	}
	fmt.Fprintln(&all, os.Geteuid(), os.Getegid())
	for _, file := range []string{
		"/proc/self/uid_map", "/proc/self/gid_map",
		"/proc/sys/user/max_user_namespaces", "/proc/sys/kernel/unprivileged_userns_clone",
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/yama/ptrace_scope",
	} {
		text, err := os.ReadFile(file) // not every kernel has each
		fmt.Fprintln(&all, file, err == nil, string(text))
	}
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		text, _ := os.ReadFile(file) // where it is not there, nobody has ids
		fmt.Fprintln(&all, file, setAside(string(text), os.Geteuid()))
	}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "Cap") || strings.HasPrefix(line, "NoNewPrivs") || strings.HasPrefix(line, "Seccomp") {
			all.WriteString(line)
		}
	}
	return all.String()
}

// setAside are the lines of a subuid(5) for one user: what others have, as one who was
// just added, changes nothing.
func setAside(text string, uid int) (own []string) {
	names := []string{strconv.Itoa(uid)}
	if u, err := user.LookupId(names[0]); err == nil {
		names = append(names, u.Username)
	}
	for line := range strings.Lines(text) {
		if name, _, _ := strings.Cut(line, ":"); slices.Contains(names, name) {
			own = append(own, strings.TrimSpace(line))
		}
	}
	return own
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// once computes a text that several proofs ask for a single time.
func (v *verifier) once(name string, compute func() (string, error)) (string, error) {
	known, _ := v.known.LoadOrStore(name, sync.OnceValues(compute))
	return known.(func() (string, error))()
}
