package dockerfile

import (
	"cmp"
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
	if !strings.Contains(text, "/") {
		text = "linux/" + text
	}
	if text != wanted && text != o.Build {
		return "", fmt.Errorf("FROM --platform=%s: this build is for %s, on %s", text, wanted, o.Build)
	}
	return text, nil
}

// pairs are variables as an environment has them, sorted.
func pairs(variables map[string]string) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, key+"="+variables[key])
	}
	return list
}
