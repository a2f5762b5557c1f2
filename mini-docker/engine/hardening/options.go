package hardening

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// unconfined is the profile that forbids nothing.
const unconfined = "unconfined"

// options are what --security-opt says.
type options struct {
	noNewPrivileges bool
	profile         string // of seccomp, in JSON; "" is the default one
}

// parseOptions reads no-new-privileges[:true|false] and seccomp=PROFILE. Docker
// takes a colon for the sign as well, as it once was.
func parseOptions(list []string) (options, error) {
	var o options
	for _, each := range list {
		key, value, hasValue := strings.Cut(each, "=")
		if !hasValue {
			key, value, hasValue = strings.Cut(each, ":")
		}
		switch {
		case key == "no-new-privileges" && !hasValue:
			o.noNewPrivileges = true
		case key == "no-new-privileges":
			set, err := strconv.ParseBool(value)
			if err != nil {
				return o, fmt.Errorf("invalid --security-opt 2: %q", each)
			}
			o.noNewPrivileges = set
		case key == "seccomp" && hasValue:
			if err := checkProfile(value); err != nil {
				return o, err
			}
			o.profile = value
		case key == "apparmor" || key == "label" || key == "systempaths" || key == "writable-cgroups":
			return o, fmt.Errorf("--security-opt %s is not supported: there are no-new-privileges and seccomp", key)
		default:
			return o, fmt.Errorf("invalid --security-opt 2: %q", each)
		}
	}
	return o, nil
}

// checkProfile refuses a profile that holds nothing where rules should be, and
// one that would be no filter at all, as null and {} are.
func checkProfile(text string) error {
	if text == "" || text == "builtin" || text == unconfined {
		return nil
	}
	var profile struct {
		DefaultAction string
		Syscalls      []*struct{}
	}
	if err := json.Unmarshal([]byte(text), &profile); err != nil {
		return fmt.Errorf("Decoding seccomp profile failed: %w", err)
	}
	if at := slices.Index(profile.Syscalls, nil); at >= 0 {
		return fmt.Errorf("invalid seccomp profile: number %d of its syscalls is null", at+1)
	}
	if profile.DefaultAction == "" {
		return errors.New(`invalid seccomp profile: it has no "defaultAction" and would be no filter: ` +
			"to run without one, say seccomp=unconfined")
	}
	return nil
}

// apply sets both. A privileged container has a filter only if it is asked for.
func (o options) apply(spec *specs.Spec, privileged bool) (err error) {
	spec.Process.NoNewPrivileges = o.noNewPrivileges
	switch {
	case o.profile == unconfined || o.profile == "" && privileged:
		return nil
	case o.profile == "" || o.profile == "builtin":
		spec.Linux.Seccomp, err = seccomp.GetDefaultProfile(spec)
	default:
		spec.Linux.Seccomp, err = seccomp.LoadProfile(o.profile, spec)
	}
	return err
}
