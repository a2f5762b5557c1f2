package system

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/files"
)

// uname says what kernel this is; the node name is that of the UTS namespace.
// See uname(2).
func uname(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "a|all s|kernel-name n|nodename r|kernel-release v|kernel-version m|machine o|operating-system p i")
	if !ok {
		return status
	}
	if len(args) > 0 {
		return e.Misuse("unknown argument '" + args[0] + "'")
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return e.Fail("uname", err)
	}
	var parts []string
	for _, part := range []struct{ letter, text string }{
		{"s", unix.ByteSliceToString(uts.Sysname[:])}, {"n", unix.ByteSliceToString(uts.Nodename[:])},
		{"r", unix.ByteSliceToString(uts.Release[:])}, {"v", unix.ByteSliceToString(uts.Version[:])},
		{"m", unix.ByteSliceToString(uts.Machine[:])}, {"o", "GNU/Linux"},
	} {
		if f.Has(part.letter) || f.Has("a") {
			parts = append(parts, part.text)
		}
	}
	if len(parts) == 0 {
		parts = []string{unix.ByteSliceToString(uts.Sysname[:])}
	}
	e.Out.WriteString(strings.Join(parts, " ") + "\n")
	return applet.OK
}

// free shows the machine's memory; a container's limit is not in it. See
// proc_meminfo(5).
func free(e *applet.Env, args []string) int {
	f, _, status, ok := e.Flags(args, "b k m g h|human")
	if !ok {
		return status
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return e.Fail("/proc/meminfo", err)
	}
	kilobytes := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) > 0 {
			kilobytes[name], _ = strconv.ParseInt(fields[0], 10, 64)
		}
	}
	show := func(names ...int64) []string {
		var cells []string
		for _, n := range names {
			switch {
			case f.Has("h"):
				cells = append(cells, files.Human(n<<10))
			case f.Has("b"):
				cells = append(cells, fmt.Sprint(n<<10))
			case f.Has("m"):
				cells = append(cells, fmt.Sprint(n>>10))
			case f.Has("g"):
				cells = append(cells, fmt.Sprint(n>>20))
			default:
				cells = append(cells, fmt.Sprint(n))
			}
		}
		return cells
	}
	k := kilobytes
	cache := k["Buffers"] + k["Cached"] + k["SReclaimable"]
	memory := show(k["MemTotal"], k["MemTotal"]-k["MemFree"]-cache, k["MemFree"], k["Shmem"], cache, k["MemAvailable"])
	swap := show(k["SwapTotal"], k["SwapTotal"]-k["SwapFree"], k["SwapFree"])
	e.Out.WriteString(applet.Columns([][]string{
		{"", "total", "used", "free", "shared", "buff/cache", "available"},
		append([]string{"Mem:"}, memory...), append([]string{"Swap:"}, swap...),
	}))
	return applet.OK
}

// nproc prints how many CPUs this process may run on. See
// sched_getaffinity(2).
func nproc(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return e.Fail("sched_getaffinity", err)
	}
	e.Out.WriteString(strconv.Itoa(set.Count()) + "\n")
	return applet.OK
}

func uptime(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return e.Fail("sysinfo", err)
	}
	load := func(i int) float64 { return float64(info.Loads[i]) / (1 << 16) } // fixed point: sysinfo(2)
	minutes := info.Uptime / 60
	fmt.Fprintf(e.Out, "up %d days, %02d:%02d, load average: %.2f, %.2f, %.2f\n",
		minutes/1440, minutes/60%24, minutes%60, load(0), load(1), load(2))
	return applet.OK
}
