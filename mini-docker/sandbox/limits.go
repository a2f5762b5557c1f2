package sandbox

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"drydock/mini-docker/sandbox/subtree"
)

// limitFindings tell which limits this user can set inside of a sandbox, one
// finding for each controller that lessons need.
func limitFindings(ctx context.Context) []Finding {
	controllers, err := subtree.Controllers()
	if err == nil {
		return reachableLimits(controllers)
	}
	if _, ok := scopeAvailable(ctx); ok {
		return eachLimit(Finding{OK: true, Detail: "drydock asks systemd for a cgroup of its own, in which it can be limited"})
	}
	return eachLimit(Finding{Detail: err.Error(), Fix: limitAdvice()})
}

// reachableLimits are the findings where there are cgroups with these
// controllers.
func reachableLimits(controllers []string) []Finding {
	findings := eachLimit(Finding{OK: true, Detail: "can be limited"})
	for i := range findings {
		name := strings.TrimPrefix(findings[i].Name, "cgroup ")
		if !slices.Contains(controllers, name) {
			findings[i].OK = false
			findings[i].Detail = "the kernel has no such controller, or it does not reach this user"
			findings[i].Fix = fmt.Sprintf("boot with `cgroup_enable=%s`; where systemd runs, "+
				"set `Delegate=cpu memory pids` for user@.service", name)
		}
	}
	return findings
}

// eachLimit is the same finding for every controller.
func eachLimit(finding Finding) []Finding {
	var all []Finding
	for _, name := range []string{"memory", "cpu", "pids"} {
		finding.Name = "cgroup " + name
		all = append(all, finding)
	}
	return all
}

// limitAdvice says how this user gets cgroups.
func limitAdvice() string {
	if subtree.Version() == 1 {
		return "run drydock as root, with sudo"
	}
	if os.Getenv(noSystemdVariable) == "1" {
		return "unset " + noSystemdVariable + ", which keeps drydock from asking systemd, or run drydock as root, with sudo"
	}
	return "begin with `" + strings.Join(systemdRun[:len(systemdRun)-1], " ") + " drydock start LESSON` " +
		"in a login session of systemd's, or run drydock as root, with sudo"
}
