package cgroup

import "path/filepath"

// LimitsSwap says whether swap can be limited here. A kernel may be built, or
// booted, without counting it (swapaccount=0).
func LimitsSwap() bool {
	mounts, err := findMounts()
	if err != nil {
		return false
	}
	if tree, ok := mounts.v1["memory"]; ok {
		return isThere(filepath.Join(tree.point, "memory.memsw.limit_in_bytes"))
	}
	// In v2 the top group has no such file: look at those below it. As long as
	// there are none, only a kernel without swap is known not to.
	if found, _ := filepath.Glob(filepath.Join(mounts.unified, "*", "memory.max")); len(found) > 0 {
		return isThere(filepath.Join(filepath.Dir(found[0]), "memory.swap.max"))
	}
	return isThere("/proc/swaps")
}
