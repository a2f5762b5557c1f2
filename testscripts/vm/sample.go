package main

import "strings"

// kernelPackages are those whose tests a kernel can make fail where another one
// lets them pass: the two versions of cgroups, user namespaces, overlay, nftables.
// What is built upon them is tested outside, many times faster.
var kernelPackages = []string{
	"./mini-docker/cgroup", "./mini-docker/layer", "./mini-docker/namespace", "./mini-docker/network/...",
	"./mini-docker/rootfs", "./mini-docker/runtime", "./mini-docker/security", "./mini-docker/sandbox/...",
	"./testscripts", "./testscripts/crash",
}

// bothThemselves are those whose tests play root and an ordinary user by
// themselves: in emulation once has to do, by the user, who is refused more.
var bothThemselves = []string{"mini-docker/runtime", "mini-docker/sandbox"}

// crashTests are those of sudden ends.
const crashTests = "testscripts/crash"

// cutsTest is the one test of package crash that only this machine can run. It mounts
// disks, and is root's.
const cutsTest = "^TestAStoreOfImagesSurvivesPowerCuts$"

// kernelScripts are those of testscripts that look at the same, from mini-docker's
// command line.
var kernelScripts = []string{
	"exec_command", "run_cpus", "run_memory_limit", "run_overlay_root", "run_pids_limit", "run_security_opt", "run_userns",
	"update_stats_pause",
}

// scriptsOf selects scripts among the subtests of TestProduct.
func scriptsOf(names []string) string {
	return "^TestProduct$/./^(" + strings.Join(names, "|") + ")$"
}
