// Command vm runs the project's tests on a kernel that learners have: Debian's
// cloud kernel, cgroup v2 only, in a QEMU machine of its own. The machine this
// is developed on may have another kernel or the older cgroups; here nothing is
// taken from it but CPU time.
//
//	go run ./testscripts/vm                              all of mini-docker's tests, and the scripts
//	go run ./testscripts/vm -run OOM -v ./mini-docker/cgroup
//	go run ./testscripts/vm -kernel                      of these, what a kernel can change
//	go run ./testscripts/vm -cuts 100 ./testscripts/crash   the power goes a hundred times
//	go run ./testscripts/vm -sh 'cat /proc/self/cgroup'
//	go run ./testscripts/vm -without bridge,br_netfilter -sh '…/bin/mini-docker run mini/box true'
//	DRYDOCK_KVM=1 go run ./testscripts/vm                with the CPU's help instead of emulation
//
// It needs bin/ as `make build` leaves it, QEMU and mke2fs, and no privilege.
// What it does, in order:
//
//	kernel.go, modules.go    take kernel and modules out of Debian's package
//	programs.go              compile each package's tests
//	disk.go, initramfs.go    make a disk and a first root file system of them
//	cut.go                   make a disk whose power goes
//	machine.go               boot, and read the results from a serial line
//	verdict.go               say what passed
//
// Inside, testscripts/vm/init is process 1. Each test program runs twice, as
// root and as an ordinary user with a delegated cgroup subtree. The exit status
// is 0 only when every program ran to its end and every test passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"drydock/testscripts/vm/plan"
)

type options struct {
	module   string   // directory of go.mod
	cache    string   // where Debian's packages are kept
	patterns []string // packages to test
	kernel   bool     // only what a kernel can change
	run      string   // as `go test -run`
	shell    string   // a command to run instead of tests
	cuts     int      // how often the disk of package testscripts/crash loses its power
	without  string   // modules that stay away, with commas between them
	peers    string   // engines of this machine to compare with, with commas between them
	timeout  time.Duration
	deadline time.Duration
	verbose  bool
	kvm      bool
}

func main() {
	o := options{kvm: os.Getenv("DRYDOCK_KVM") == "1"}
	flag.StringVar(&o.run, "run", "", "run only the tests that match this `regexp`")
	flag.BoolVar(&o.kernel, "kernel", false, "run only those of mini-docker's tests and scripts that a kernel can make fail")
	flag.StringVar(&o.shell, "sh", "", "run this shell `command` instead of tests, and show what it prints")
	flag.IntVar(&o.cuts, "cuts", 20, "how many `times` the power goes in the tests of testscripts/crash")
	flag.StringVar(&o.without, "without", "", "leave these `modules` of the kernel away, as \"bridge,nf_tables\": what needs one says so")
	flag.StringVar(&o.peers, "peers", "", "take these `programs` of this machine along, as \"runc,podman,conmon\", and have testscripts/peers compare with them")
	flag.BoolVar(&o.verbose, "v", false, "show the output of tests that pass, too")
	flag.DurationVar(&o.timeout, "timeout", 15*time.Minute, "for each test program")
	flag.DurationVar(&o.deadline, "deadline", time.Hour, "for the whole, without the build")
	flag.Parse()
	o.patterns = flag.Args()
	switch {
	case o.kernel && (len(o.patterns) > 0 || o.run != ""):
		fmt.Fprintln(os.Stderr, "test-vm: -kernel chooses the tests itself: name no packages and no -run beside it")
		os.Exit(2)
	case o.kernel:
		o.patterns = kernelPackages
	case len(o.patterns) == 0:
		o.patterns = []string{"./mini-docker/...", "./testscripts", "./testscripts/crash"}
	}
	os.Setenv("PATH", withSystemPrograms(os.Getenv("PATH")))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := locate(ctx, &o)
	if err == nil {
		err = runTests(ctx, o, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test-vm:", err)
		os.Exit(1)
	}
}

// locate finds the module and the cache, and what is missing of either.
func locate(ctx context.Context, o *options) error {
	if install := missing(); install != "" {
		return fmt.Errorf("something is missing here: %s", install)
	}
	mod, err := output(ctx, ".", "go", "env", "GOMOD")
	if err != nil {
		return err
	}
	o.module = filepath.Dir(strings.TrimSpace(mod))
	dir, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("looking for a place to keep Debian's kernel: %w", err)
	}
	o.cache = filepath.Join(dir, "drydock/vm")
	return nil
}

// runTests builds the machine, runs it and judges what came of it.
func runTests(ctx context.Context, o options, console io.Writer) error {
	begin := time.Now()
	k, err := debianKernel(ctx, o.cache)
	if err != nil {
		return err
	}
	work, remove, err := workDir(o.cache)
	if err != nil {
		return err
	}
	defer remove()
	p, m, err := prepare(ctx, o, k, work)
	if err != nil {
		return err
	}
	fmt.Fprintf(console, "%d programs for %s, built in %.1fs\n", len(p.Programs), filepath.Base(k.modules), time.Since(begin).Seconds())

	ctx, cancel := context.WithTimeoutCause(ctx, o.deadline, fmt.Errorf("not done after %s", o.deadline))
	defer cancel()
	begin = time.Now()
	results, err := m.run(ctx, console)
	summarize(console, p, results)
	fmt.Fprintf(console, "the machine ran for %.1fs\n", time.Since(begin).Seconds())
	if err != nil {
		return err
	}
	return judge(p, results, o.run != "")
}

// prepare builds everything that the machine needs into the folder work.
func prepare(ctx context.Context, o options, k kernel, work string) (p plan.Plan, m machine, err error) {
	m = machine{kernel: k.image, initramfs: work + "/initramfs", disk: work + "/disk", results: work + "/results", kvm: o.kvm,
		cut: cutDisk{work + "/cut", work + "/cut-log"}}
	var packages []testPackage
	if o.shell == "" {
		if packages, err = testPackages(ctx, o.module, o.patterns); err != nil {
			return p, m, err
		}
	}
	root := filepath.Join(work, "root")
	if err := stageRoot(ctx, root, o.module, k); err != nil {
		return p, m, fmt.Errorf("laying out the machine's files: %w", err)
	}
	if err := stagePeers(ctx, root, strings.FieldsFunc(o.peers, comma)); err != nil {
		return p, m, err
	}
	if err := buildTests(ctx, o.module, filepath.Join(root, plan.Tests), packages); err != nil {
		return p, m, err
	}
	if err := errors.Join(makeDisk(ctx, m.disk, root), m.cut.make(ctx)); err != nil {
		return p, m, err
	}
	init := filepath.Join(work, "init")
	if err := goBuild(ctx, o.module, "build", "-ldflags=-s -w", "-o", init, "./testscripts/vm/init"); err != nil {
		return p, m, err
	}
	program, err := os.ReadFile(init)
	if err != nil {
		return p, m, err
	}
	p = plan.Plan{Programs: programs(packages, o), Timeout: o.timeout + 10*time.Second, Verbose: o.verbose || o.shell != ""}
	return p, m, writeInitramfs(ctx, m.initramfs, k, program, strings.FieldsFunc(o.without, comma), p)
}

func comma(r rune) bool { return r == ',' }
