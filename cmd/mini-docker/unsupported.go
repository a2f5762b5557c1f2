package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Docker has commands and flags that mini-docker does not have yet. They are
// known here by name, so that whoever uses one learns that it is not a mistake
// of theirs.

// isDockerCommand says whether Docker has the command.
func isDockerCommand(name string) bool {
	return slices.Contains(strings.Fields(`
		buildx checkpoint compose config context
		events
		node plugin search
		secret service stack swarm df prune trust`), name)
}

// unsupportedError names a flag of Docker's that is not there.
type unsupportedError struct{ flag string }

func (e *unsupportedError) Error() string { return "--" + e.flag + " is not supported yet" }

// unsupported is the value of such a flag: to set it is an error.
type unsupported struct{ name string }

func (u unsupported) String() string   { return "" }
func (u unsupported) Set(string) error { return &unsupportedError{u.name} }
func (u unsupported) Type() string     { return "unsupported" }

// addUnsupported makes flags known that are not supported. Each is a name, with
// a comma and a letter where it has a short form; those in switches take no
// value.
func addUnsupported(flags *pflag.FlagSet, switches, values string) {
	for i, list := range []string{switches, values} {
		for _, each := range strings.Fields(list) {
			name, short, _ := strings.Cut(each, ",")
			flag := flags.VarPF(unsupported{name}, name, short, "")
			flag.Hidden = true
			if i == 0 {
				flag.NoOptDefVal = "true"
			}
		}
	}
}

// What `docker run` has besides the flags in run.go.
const (
	runSwitches = `
		disable-content-trust no-healthcheck oom-kill-disable
		quiet,q use-api-socket`
	runValues = `
		add-host annotation attach,a blkio-weight-device
		cgroup-parent cgroupns cpu-rt-period cpu-rt-runtime
		device-cgroup-rule
		device-read-bps device-read-iops device-write-bps device-write-iops
		domainname gpus health-cmd
		health-interval health-retries health-start-interval health-start-period
		health-timeout ip6 isolation kernel-memory label-file link link-local-ip
		log-driver log-opt mac-address
		memory-swappiness platform
		pull restart runtime stop-signal stop-timeout
		storage-opt volume-driver`
)

// What `docker build` has besides the flags in build.go.
const (
	buildSwitches = "compress force-rm pull push load rm squash"
	buildValues   = `
		annotation attest build-context builder cache-from cache-to
		cgroup-parent cpu-period cpu-quota cpu-shares,c cpuset-cpus cpuset-mems
		isolation memory,m memory-swap metadata-file no-cache-filter
		provenance sbom security-opt shm-size ssh ulimit`
)
