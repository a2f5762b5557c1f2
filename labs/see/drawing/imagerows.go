package drawing

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"drydock/labs/see"
)

// mostLayers is how many are drawn: an image may have a hundred.
const mostLayers = 8

// images plans a stack for each image, also for those that are gone. A layer that
// something else stands on as well says so.
func (pl planner) images() []row {
	var rows []row
	for _, i := range pl.Images {
		r := pl.changed(textRow("image", i.String()), see.AnImage, i.ID, 0)
		for n, digest := range i.Layers {
			if n == mostLayers {
				r.stack = append(r.stack, level{text: fmt.Sprintf("layer … and %d more", len(i.Layers)-n)})
				break
			}
			_, hex, _ := strings.Cut(digest, ":")
			r.stack = append(r.stack, level{"layer " + clean(hex), pl.sharing(digest)})
		}
		rows = append(rows, r)
	}
	return append(rows, pl.gone(see.AnImage, "image", 0)...)
}

// sharing says what stands on a layer: how many images, if it is more than one, and
// how many containers that run.
func (pl planner) sharing(digest string) string {
	images := 0
	for _, i := range pl.Images {
		if slices.Contains(i.Layers, digest) {
			images++
		}
	}
	_, hex, _ := strings.Cut(digest, ":")
	containers := 0
	for _, ns := range pl.Mounts {
		if slices.ContainsFunc(ns.Mounts, func(m see.Mount) bool {
			return slices.ContainsFunc(m.Lower, func(dir string) bool { return path.Base(dir) == hex })
		}) {
			containers++
		}
	}
	text := ""
	if images > 1 {
		text += fmt.Sprintf(", in %d images", images)
	}
	switch {
	case containers == 1:
		text += ", under 1 container"
	case containers > 1:
		text += fmt.Sprintf(", under %d containers", containers)
	}
	return text
}
