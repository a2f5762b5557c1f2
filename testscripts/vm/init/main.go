// Command init is process 1 of the machine that testscripts/vm boots. It does
// what an init system and udev do on a real machine, as far as tests need it,
// runs the programs of its plan one after the other, reports on each, and
// powers the machine off. It is no use anywhere else, and refuses to run as any
// other process.
//
// A panic of process 1 is a panic of the kernel: that is what ends the machine
// when something here goes wrong, and the host sees it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"drydock/testscripts/vm/plan"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init: this is the first process of a test machine; see go run ./testscripts/vm")
		os.Exit(2)
	}
	if err := boot(); err != nil {
		fmt.Println("init:", err)
	}
	drain(os.Stdout)
	// Without this, ending would be a panic. The host started QEMU with
	// -no-reboot, so a restart ends it; power-off would need ACPI.
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
}

// boot turns the initramfs into a machine and runs the plan in it.
func boot() error {
	p, err := readPlan()
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		mountKernelFiles, // /proc, /sys, /dev
		loadModules,      // the disk's among them
		switchRoot,       // from the initramfs to the disk
		mountRest,        // /run, /dev/shm, /dev/pts
		settle,           // owners, limits, lo, host name
		mountCgroups,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	results, err := os.OpenFile("/dev/ttyS1", os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("opening the line for results: %w", err)
	}
	defer results.Close()
	fmt.Printf("the machine is up after %.1fs\n", uptime())
	if err := runAll(p, json.NewEncoder(results)); err != nil {
		return err
	}
	return drain(results)
}

func readPlan() (plan.Plan, error) {
	var p plan.Plan
	text, err := os.ReadFile(plan.PlanFile)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("reading %s: %w", plan.PlanFile, err)
	}
	return p, nil
}

// runAll runs each program and says what came of it; the last word only when
// all had their turn.
func runAll(p plan.Plan, results *json.Encoder) error {
	for _, program := range p.Programs {
		if err := results.Encode(run(program, p)); err != nil {
			return fmt.Errorf("reporting on %s: %w", program, err)
		}
	}
	return results.Encode(plan.Result{End: true})
}

// drain waits until a serial line has sent everything (tcdrain(3)): what is
// still in its buffer at the end is lost.
func drain(line *os.File) error {
	return unix.IoctlSetInt(int(line.Fd()), unix.TCSBRK, 1)
}

// uptime is the time since the kernel's start, in seconds.
func uptime() float64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0
	}
	return float64(now.Nano()) / 1e9
}
