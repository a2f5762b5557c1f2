package workload

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// stress takes what it is told to take, so that a limit can be seen at work:
// memory megabyte by megabyte, CPU time on so many threads, processes. Without
// --timeout it computes until it is killed; with memory or processes alone it ends
// when it has them.
func stress(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "memory|m: cpu|c: forks|f: timeout|t:")
	if !ok {
		return status
	}
	size, ok1 := applet.Bytes(f.Value("memory", "0"))
	cpus, ok2 := e.Int(f, "cpu", 0)
	forks, ok3 := e.Int(f, "forks", 0)
	limit, ok4 := applet.Duration(f.Value("timeout", "0"))
	switch {
	case !ok1 || !ok2 || !ok3 || !ok4 || len(args) > 0:
		return e.Misuse("want a size such as 50m, numbers, and a time such as 2s")
	case size == 0 && cpus == 0 && forks == 0:
		return e.Misuse("nothing to take: want --memory, --cpu or --forks")
	}
	began := time.Now()
	if cpus > 0 {
		runtime.GOMAXPROCS(cpus + 1)
	}
	for range cpus {
		go burn() // until the process ends
	}
	pids, err := breed(e, forks)
	defer end(pids)
	if err != nil {
		return e.Fail(fmt.Sprintf("process %d of %d", len(pids)+1, forks), err)
	}
	if err := eat(e, size); err != nil {
		return e.Fail("taking memory", err)
	}
	switch {
	case f.Has("timeout"):
		time.Sleep(limit - time.Since(began))
	case cpus > 0:
		select {} // the threads compute on
	}
	return applet.OK
}

// breed starts processes that do nothing, and says how far it came.
func breed(e *applet.Env, count int) (pids []int, err error) {
	for n := 1; n <= count; n++ {
		pid, err := spawn("sleep", "infinity")
		if err != nil {
			return pids, err
		}
		pids = append(pids, pid)
		fmt.Fprintf(e.Out, "process %d: %d\n", n, pid)
		e.Out.Flush()
	}
	return pids, nil
}

// end kills the processes that breed started.
func end(pids []int) {
	for _, pid := range pids {
		unix.Kill(pid, unix.SIGKILL)
	}
	if len(pids) > 0 {
		reap()
	}
}

// eat takes memory by the megabyte. A page counts only when it is written to:
// until then the kernel has merely promised it. Go's own heap is left out of
// it, so that the numbers are the kernel's.
func eat(e *applet.Env, size int64) error {
	const megabyte = 1 << 20
	page := os.Getpagesize()
	for n := int64(1); n <= size/megabyte; n++ {
		block, err := unix.Mmap(-1, 0, megabyte, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			return err
		}
		for at := 0; at < len(block); at += page {
			block[at] = 1
		}
		fmt.Fprintf(e.Out, "%d MB\n", n)
		e.Out.Flush() // the next one may be the last
	}
	return nil
}

// burn computes on a thread of its own.
func burn() {
	runtime.LockOSThread()
	var n atomic.Int64
	for {
		n.Add(1)
	}
}
