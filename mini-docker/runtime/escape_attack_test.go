package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"time"

	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// startAgain is what this test program does when a test starts it once more.
func startAgain(args []string) {
	switch args[0] {
	case "create-and-hang":
		createAndHang(args[1])
	case "start-mapped":
		startMapped(args[1])
	case "hang-mapped":
		fmt.Println(os.Getpid())
		time.Sleep(time.Hour)
	case "share-mounts":
		found, err := shareMounts(args[1], args[2] == "true")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		json.NewEncoder(os.Stdout).Encode(found)
		os.Exit(0)
	case "create-and-leave":
		createAndLeave(args[1])
	case "create-without-null":
		createWithoutNull(args[1])
	case "hold-program":
		holdProgram()
	case "create-inherited", "create-inherited-again":
		createInherited(args[0], args[1])
	case "add-key":
		addKey(args[1:])
	case "create-with-key":
		createWithKey(args[1], args[2] == "keep")
	}
}

// attack is what a hostile command does inside a container, and it says how far
// it came.
func attack(args []string) {
	switch args[0] {
	case "read":
		text, err := os.ReadFile(args[1])
		if err != nil {
			fmt.Println(err)
		}
		os.Stdout.Write(text)
	case "overwrite":
		overwrite(args[1])
	case "mount-cgroup":
		mountCgroup()
	case "search-key":
		_, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", secretKey, 0)
		fmt.Println("key:", err)
	case "look-around":
		lookAround()
	case "unshare-user":
		fmt.Println("unshare:", unshareUser())
	}
}

// unshareUser asks for a user namespace the way unshare(2) does, which is
// refused to programs of several threads only later than by a filter.
func unshareUser() error {
	err := unix.Unshare(unix.CLONE_NEWUSER)
	if errors.Is(err, unix.EINVAL) { // several threads: nobody forbade it
		return nil
	}
	return err
}

// mountCgroup mounts a hierarchy of its own and names a program that the kernel
// would start.
func mountCgroup() {
	err := unix.Mount("cgroup", "/tmp", "cgroup", 0, "none,name=drydock-escape")
	fmt.Println("mount:", errors.Unwrap(fmt.Errorf("%w", err)))
	if err == nil {
		fmt.Println("agent:", os.WriteFile("/tmp/release_agent", []byte("/command"), 0))
	}
}

// createAndLeave starts a container and ends: nobody but the container's
// process runs this program then.
func createAndLeave(bundle string) {
	r := runtime.New(filepath.Join(bundle, "state"))
	ctx := context.Background()
	_, err := r.Create(ctx, runtime.CreateOptions{ID: "one", Bundle: bundle, Stdout: os.Stdout, Stderr: os.Stderr})
	if err == nil {
		err = r.Start(ctx, "one")
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// secretKey is what the caller's session has.
const secretKey = "drydock-test-secret"

// addKey puts a key into a new session keyring and executes this program again:
// all its threads have that keyring then.
func addKey(args []string) {
	goruntime.LockOSThread() // a session keyring is a thread's, and the one that executes hands its own on
	_, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
	if err == nil {
		_, err = unix.AddKey("user", secretKey, []byte("secret"), unix.KEY_SPEC_SESSION_KEYRING)
	}
	if err == nil {
		err = unix.Exec("/proc/self/exe", append([]string{os.Args[0], "create-with-key"}, args...), os.Environ())
	}
	fmt.Println("no keys here:", err)
	os.Exit(0)
}

// createWithKey runs a container that looks for the key.
func createWithKey(bundle string, keep bool) {
	r := runtime.New(filepath.Join(bundle, "state"))
	ctx := context.Background()
	process, err := r.Create(ctx, runtime.CreateOptions{ID: "one", Bundle: bundle, Stdout: os.Stdout, Stderr: os.Stderr, KeepKeyring: keep})
	if err == nil {
		err = r.Start(ctx, "one")
	}
	if err == nil {
		process.Wait()
		err = r.Delete("one", true)
	}
	if err != nil {
		fmt.Println(err)
	}
	os.Exit(0)
}

// holdProgram is the runtime's own program, executed as the container's
// command: it keeps hold of itself by way of /proc/self/exe and becomes the
// image's program. Nobody runs the runtime's any more then.
func holdProgram() {
	fd, err := unix.Open("/proc/self/exe", unix.O_PATH, 0)
	if err == nil {
		err = unix.Exec("/command", []string{"/command", "overwrite", fmt.Sprintf("/proc/self/fd/%d", fd)}, nil)
	}
	fmt.Println(err)
	os.Exit(1)
}

// overwrite writes to a program as soon as nobody runs it any more.
func overwrite(path string) {
	for range 6000 {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if errors.Is(err, unix.ETXTBSY) {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err == nil {
			_, err = file.WriteString("owned")
		}
		fmt.Println("overwriting:", err)
		return
	}
	fmt.Println("overwriting was not tried: the program still runs")
}

// createWithoutNull creates a container on a machine whose /dev/null is a file.
func createWithoutNull(bundle string) {
	file := filepath.Join(bundle, "config.json")
	err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, "")
	if err == nil {
		err = unix.Mount(file, "/dev/null", "", unix.MS_BIND, "")
	}
	if err == nil {
		r := runtime.New(filepath.Join(bundle, "state"))
		_, err = r.Create(context.Background(), runtime.CreateOptions{ID: "one", Bundle: bundle})
	}
	fmt.Println(err)
	os.Exit(0)
}
