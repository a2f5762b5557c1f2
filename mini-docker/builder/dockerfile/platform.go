package dockerfile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// platformArgs are the arguments that every Dockerfile may use in FROM, and after
// an ARG of the name elsewhere (Dockerfile reference, Automatic platform ARGs).
func platformArgs(o Options) map[string]string {
	args := map[string]string{}
	for prefix, platform := range map[string]string{"BUILD": o.Build, "TARGET": cmp.Or(o.Wanted, o.Build)} {
		system, rest, _ := strings.Cut(platform, "/")
		architecture, variant, _ := strings.Cut(rest, "/")
		args[prefix+"PLATFORM"], args[prefix+"OS"] = platform, system
		args[prefix+"ARCH"], args[prefix+"VARIANT"] = architecture, variant
	}
	return args
}

// platform reads --platform of a FROM: the wanted one where it says nothing.
func (p *Plan) platform(text string, o Options) (string, error) {
	text, err := p.Expand(text, pairs(p.Global))
	if err != nil {
		return "", err
	}
	wanted := cmp.Or(o.Wanted, o.Build)
	if text == "" {
		return wanted, nil
	}
	named, err := Platform(text, o.Build)
	if err == nil && named != wanted && named != o.Build {
		err = fmt.Errorf("this build is for %s, on %s", wanted, o.Build)
	}
	if err != nil {
		return "", fmt.Errorf("FROM --platform=%s: %w", text, err)
	}
	return named, nil
}

// architectures are those that have several names, by the ones that are not Go's: what
// uname(2) and Debian say, and variants that go without saying.
var architectures = map[string]string{
	"x86_64": "amd64", "x86-64": "amd64", "amd64/v1": "amd64", "i386": "386", "i686": "386",
	"aarch64": "arm64", "arm64/v8": "arm64", "armhf": "arm/v7", "armel": "arm/v6",
}

// Platform reads OS/ARCHITECTURE/VARIANT, of which the first and the last go without
// saying, or the OS alone, and returns it as an image has it. build is this machine's.
func Platform(text, build string) (string, error) {
	system, architecture, found := strings.Cut(strings.ToLower(text), "/")
	switch {
	case !found && system == "linux":
		return build, nil
	case !found:
		system, architecture = "linux", system
	}
	architecture = cmp.Or(architectures[architecture], architecture)
	name, variant, hasVariant := strings.Cut(architecture, "/")
	if system != "linux" || name == "" || hasVariant && variant == "" || strings.ContainsAny(architecture, ", ") || strings.Contains(variant, "/") {
		return "", errors.New("write one platform, as linux/amd64: images are for Linux")
	}
	return system + "/" + architecture, nil
}

// pairs are variables as an environment has them, sorted.
func pairs(variables map[string]string) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, key+"="+variables[key])
	}
	return list
}
