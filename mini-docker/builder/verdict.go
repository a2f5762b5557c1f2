package builder

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/layer"
)

// maxFiles bounds how many files are remembered for each step.
const maxFiles = 2000

// cached looks a step up that was done before, and tells why it is, or is not, done
// again.
func (b *build) cached(k *key) (made, bool) {
	found, usable, why := b.lookUp(k)
	b.judge(k, usable, why)
	return found, usable
}

// judge tells whether a step is done again, and remembers what it depends on.
func (b *build) judge(k *key, usable bool, why string) {
	s := k.stage
	s.told.Judged(usable, why)
	seen := last{Text: s.memory.texts[s.position], Parts: k.parts}
	if len(k.files) <= maxFiles {
		seen.Files = k.files
	}
	b.cache.note(s.memory.name, s.memory.note(s.position, seen))
}

func (b *build) lookUp(k *key) (found made, usable bool, why string) {
	found, ok := b.cache.get(k.digest())
	if !ok && b.options.NoCache {
		return made{}, false, "--no-cache was given"
	}
	if !ok {
		return made{}, false, k.changed()
	}
	if !b.in.Has(found.Packed.Digest) {
		return made{}, false, "the layer that it made has been removed from the store"
	}
	// A layer that is packed and not unpacked is made so, as at any image's start.
	if _, err := b.in.LayerDir(layer.DiffID(found.DiffID.String())); err != nil {
		return made{}, false, "the layer that it made has been removed from the store"
	}
	return found, true, fmt.Sprintf("nothing that it depends on has changed since %s: %s", found.Created.Local().Format(time.DateTime), k.depends())
}

// depends names what a step depends on.
func (k *key) depends() string {
	var what []string
	for _, each := range k.parts {
		what = append(what, each.What)
	}
	return strings.Join(what, ", ")
}

// changed tells what has changed since the step was built the last time.
func (k *key) changed() string {
	before := k.stage.memory.of(k.stage.position)
	switch {
	case len(k.stage.memory.before) == 0:
		return "it was not built here before"
	case before == nil:
		return "this instruction is new here"
	}
	var reasons []string
	for _, each := range k.parts {
		i := slices.IndexFunc(before.Parts, func(p part) bool { return p.What == each.What })
		switch {
		case i >= 0 && before.Parts[i].Value == each.Value:
		case each.What == partFiles && len(before.Files) > 0:
			reasons = append(reasons, changedFiles(before.Files, k.files))
		case each.What == partBelow:
			reasons = append(reasons, "a step before it made another layer")
		case i >= 0 && each.What == partStep:
			reasons = append(reasons, fmt.Sprintf("the instruction was %q", before.Parts[i].Value))
		default:
			reasons = append(reasons, each.What+" has changed")
		}
	}
	if len(reasons) == 0 {
		return "what it made is not remembered"
	}
	return strings.Join(reasons, "; ")
}

// changedFiles names files that differ, few of them.
func changedFiles(before, now []string) string {
	const few = 3
	var names []string
	for _, pair := range [][2][]string{{now, before}, {before, now}} {
		for _, each := range pair[0] {
			if _, name, _ := strings.Cut(each, " "); name != "" && !slices.Contains(pair[1], each) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return "a directory on the way has changed"
	case len(names) > few:
		return fmt.Sprintf("%s and %d more have changed", strings.Join(names[:few], ", "), len(names)-few)
	case len(names) == 1:
		return names[0] + " has changed"
	}
	return strings.Join(names, ", ") + " have changed"
}
