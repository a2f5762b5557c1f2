// Package cmd_test holds the architecture of the whole module as one table, and
// fails when an import contradicts it.
package cmd_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// architecture says which packages of this module each package may import. A
// name stands for a folder and all below it; the most specific line counts.
// Read it from the top: who stands higher knows nothing of what is below.
const architecture = `
	# The engine's primitives know nothing of one another.
	mini-docker/namespace   :
	mini-docker/rootfs      :
	mini-docker/cgroup      :
	mini-docker/security    :
	mini-docker/layer       :
	mini-docker/network     :
	mini-docker/format      :
	mini-docker/flock       :
	mini-docker/socketpair  :
	mini-docker/rawterm     :
	mini-docker/volume      : mini-docker/format mini-docker/flock
	mini-docker/explain     :

	# Stays beside each container: it has to be small.
	mini-docker/shim        :

	# One container from a bundle; images; a machine made of namespaces.
	mini-docker/runtime     : mini-docker/namespace mini-docker/rootfs mini-docker/cgroup mini-docker/security mini-docker/explain mini-docker/socketpair
	mini-docker/runtime/init : mini-docker/runtime
	mini-docker/image       : mini-docker/layer mini-docker/image/base mini-docker/flock
	mini-docker/image/base  :
	mini-docker/image/archive : mini-docker/image mini-docker/layer
	mini-docker/image/remote  : mini-docker/image mini-docker/image/archive mini-docker/layer
	mini-docker/image/registry :
	mini-docker/sandbox     : mini-docker/namespace mini-docker/rootfs mini-docker/cgroup mini-docker/network mini-docker/flock mini-docker/socketpair mini-docker/rawterm

	# What Docker calls the engine, and what is built on it.
	mini-docker/engine/dirs :
	mini-docker/engine      : mini-docker/engine/dirs mini-docker/format mini-docker/flock mini-docker/volume mini-docker/shim mini-docker/runtime mini-docker/image mini-docker/layer mini-docker/network mini-docker/security mini-docker/cgroup mini-docker/explain mini-docker/namespace mini-docker/rootfs mini-docker/socketpair mini-docker/rawterm
	mini-docker/builder     : mini-docker/engine mini-docker/image mini-docker/layer mini-docker/flock
	mini-docker/compose     : mini-docker/engine
	mini-docker/api         : mini-docker/engine
	mini-docker/bench       : mini-docker/image mini-docker/cgroup

	# The orchestrator: its components meet in the API server, which alone has
	# the store behind it.
	mini-k8s/store          :
	mini-k8s/api            :
	mini-k8s/pki            :
	mini-k8s/apiserver      : mini-k8s/api mini-k8s/store
	mini-k8s/client         : mini-k8s/api
	mini-k8s/client/clienttest : mini-k8s
	mini-k8s/observe        :
	mini-k8s/scheduler      : mini-k8s/client mini-k8s/observe
	mini-k8s/controller     : mini-k8s/client mini-k8s/observe mini-k8s/api
	mini-k8s/controller/controllertest : mini-k8s
	mini-k8s/kubectl        : mini-k8s/client mini-k8s/api
	mini-k8s/explain        : mini-k8s/client mini-k8s/api
	mini-k8s/kubelet        : mini-k8s/client mini-k8s/stream mini-k8s/observe
	mini-k8s/stream         : mini-k8s/kubelet/cri
	mini-k8s/cni            : mini-k8s/client mini-docker/network
	mini-k8s/proxy/rules    : mini-docker/network/rule
	mini-k8s/proxy          : mini-k8s/client mini-k8s/proxy/rules
	mini-k8s/dns            : mini-k8s/client
	mini-k8s/cluster        : mini-k8s/client mini-k8s/pki mini-docker/sandbox mini-docker/network mini-docker/namespace mini-docker/rootfs mini-docker/image mini-docker/layer mini-docker/flock
	mini-k8s/kubelet/minidocker : mini-k8s/kubelet mini-docker/engine mini-docker/runtime
	mini-k8s/bench          : mini-k8s/client mini-k8s/cluster

	# The tutor: nothing above knows that there are lessons.
	testscripts             :
	lessons/near            :
	lessons/decl            : lessons/near
	lessons                 : lessons/decl lessons/near
	lessons/glossary        : lessons lessons/near
	lessons/render          : lessons
	labs/progress           :
	labs/partial            :
	labs/golang             :
	labs/source             :
	labs/console            : lessons
	labs/tree               : lessons/decl labs/source labs/partial
	labs/see                : testscripts mini-docker/image mini-docker/network/nat mini-docker/security mini-k8s/proxy/rules
	labs                    : lessons labs testscripts mini-docker/sandbox mini-docker/image mini-docker/image/base mini-docker/layer
	labs/session            : lessons labs testscripts mini-docker/sandbox mini-docker/engine/dirs

	# The book: the same lessons for a browser. A site knows nothing of them.
	book/site               :
	book/text               : lessons/decl
	book/code               : lessons/decl
	book/course             : lessons
	book                    : book lessons labs

	# The commands wire it all together. (cmd itself holds this test.)
	cmd                     :
	cmd/box                 :
	cmd/manual              :
	cmd/mini-docker         : mini-docker cmd/manual
	cmd/mini-k8s            : mini-k8s
	cmd/drydock             : cmd/manual book lessons labs testscripts mini-docker/sandbox mini-docker/image/base mini-docker/engine/dirs
`

// forbidden are packages that must not be linked into a command: they would
// cost every container start, pull the tutor into the engine, or have the first page
// wait until they are compiled.
var forbidden = map[string][]string{
	"cmd/drydock":              {"drydock/mini-docker/engine", "github.com/miekg/dns"},
	"cmd/mini-docker":          {"github.com/charmbracelet/glamour", "github.com/alecthomas/chroma/v2", "drydock/lessons", "drydock/labs"},
	"cmd/mini-k8s":             {"k8s.io/client-go/kubernetes", "github.com/charmbracelet/glamour", "drydock/lessons"},
	"mini-docker/runtime/init": {"net/http", "github.com/spf13/cobra"},
	"mini-docker/shim":         {"fmt", "net", "os/exec", "encoding/json"},
	"cmd/box":                  {"github.com/spf13/cobra", "net/http"},
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	rules := parseArchitecture(architecture)
	listed := goList(t, "{{.ImportPath}}:{{join .Imports \" \"}}", "./...")
	if len(listed) < 10 {
		t.Fatalf("the world is not alive: go list knows %d packages", len(listed))
	}
	for _, line := range listed {
		from, imports, _ := strings.Cut(line, ":")
		for _, violation := range rules.violations(local(from), strings.Fields(imports)) {
			t.Error(violation)
		}
	}
}

func TestCommandsLinkNothingHeavy(t *testing.T) {
	for command, packages := range forbidden {
		linked := goList(t, "{{.ImportPath}}", "-deps", "./"+command)
		for _, each := range packages {
			if slices.Contains(linked, each) {
				t.Errorf("%s links %s", command, each)
			}
		}
	}
}

// What the tutor links that is built before the first page is there: see early.go.
func TestTheFirstPageWaitsForNoBook(t *testing.T) {
	linked := goList(t, "{{.ImportPath}}", "-deps", "-tags", "early", "./cmd/drydock")
	for _, each := range []string{"drydock/book", "drydock/book/site", "drydock/mini-docker/engine", "net/http", "crypto/tls"} {
		if slices.Contains(linked, each) {
			t.Errorf("the early drydock links %s", each)
		}
	}
	if !slices.Contains(linked, "drydock/lessons/render") {
		t.Errorf("the world is not alive: it links %d packages, and none that shows a page", len(linked))
	}
}

func TestAViolationIsFound(t *testing.T) {
	rules := parseArchitecture(architecture)
	for _, test := range []struct{ from, to string }{
		{"mini-docker/namespace", "mini-docker/rootfs"},
		{"mini-docker/engine", "lessons"},
		{"mini-docker/image/base", "mini-docker/layer"},
		{"cmd/box", "mini-docker/runtime"},
		{"somewhere/new", "mini-docker/layer"},
	} {
		if got := rules.violations(test.from, []string{"fmt", "drydock/" + test.to}); len(got) == 0 {
			t.Errorf("%s imports %s: got no complaint", test.from, test.to)
		}
	}
	if got := rules.violations("mini-docker/engine", []string{"drydock/mini-docker/runtime"}); len(got) != 0 {
		t.Errorf("an import that is allowed: got %v", got)
	}
}

// rules maps a folder to the folders it may import.
type rules map[string][]string

func parseArchitecture(text string) rules {
	parsed := rules{}
	for line := range strings.Lines(text) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && !strings.HasPrefix(from, "#") {
			parsed[strings.TrimSpace(from)] = strings.Fields(to)
		}
	}
	return parsed
}

// violations names the imports of package from that no rule allows. What lies
// in one folder of the table may import itself.
func (r rules) violations(from string, imports []string) []string {
	owner := r.owner(from)
	if owner == "" {
		return []string{fmt.Sprintf("%s stands nowhere in the architecture of cmd/deps_test.go: add it", from)}
	}
	var found []string
	for _, imported := range imports {
		to, inModule := strings.CutPrefix(imported, "drydock/")
		if !inModule || r.owner(to) == owner || slices.ContainsFunc(r[owner], func(allowed string) bool {
			return within(to, allowed)
		}) {
			continue
		}
		found = append(found, fmt.Sprintf("%s imports %s: the architecture lets %s import only %v", from, to, owner, r[owner]))
	}
	return found
}

// owner is the most specific line of the table that a package falls under.
func (r rules) owner(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := r[folder]; ok {
			return folder
		}
	}
	return ""
}

func within(folder, above string) bool {
	return folder == above || strings.HasPrefix(folder, above+"/")
}

func local(importPath string) string { return strings.TrimPrefix(importPath, "drydock/") }

// goList asks the Go command about the module, one answer a line.
func goList(t *testing.T, format string, args ...string) []string {
	t.Helper()
	seeSource(t)
	command := exec.Command("go", append([]string{"list", "-f", format}, args...)...)
	command.Dir = ".."
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

// seeSource looks at the files that `go list` reads. A test that passed is remembered
// as long as what it looked at itself stays the same: what its children read does not
// count. See `go help test`.
func seeSource(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"cmd", "lessons", "mini-docker", "mini-k8s", "labs", "testscripts", "book"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(name string, entry fs.DirEntry, err error) error {
			if err == nil && (entry.IsDir() || path.Ext(name) == ".go") {
				_, err = os.Stat(name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
