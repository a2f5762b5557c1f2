package filter

import (
	"fmt"
	"path"
	"slices"

	"drydock/mini-docker/image"
)

// OfImages are conditions that images meet or not, under one of their names.
type OfImages struct {
	all    conditions
	others map[string]*image.Image // that before and since name
}

// Images reads what `images --filter` takes; get finds the images that before and
// since name.
func Images(texts []string, get func(string) (*image.Image, error)) (OfImages, error) {
	all, err := read(texts, "dangling", label, "reference", "before", "since")
	if err == nil {
		err = all.switches("dangling")
	}
	if err != nil {
		return OfImages{}, err
	}
	for _, pattern := range all["reference"] {
		if _, err := path.Match(pattern, ""); err != nil {
			return OfImages{}, fmt.Errorf("invalid filter 'reference=%s': %w", pattern, err)
		}
	}
	f := OfImages{all, map[string]*image.Image{}}
	for _, name := range slices.Concat(all["before"], all["since"]) {
		if f.others[name], err = get(name); err != nil {
			return OfImages{}, err
		}
	}
	return f, nil
}

// Of returns an image with those of its names under which it is meant, or nil.
func (f OfImages) Of(i *image.Image) *image.Image {
	if len(i.Names) == 0 {
		if !f.takes(i, "") {
			return nil
		}
		return i
	}
	meant := *i
	meant.Names = slices.DeleteFunc(slices.Clone(i.Names), func(name string) bool { return !f.takes(i, name) })
	if len(meant.Names) == 0 {
		return nil
	}
	return &meant
}

// takes says whether an image is meant under a name, "" for none.
func (f OfImages) takes(i *image.Image, name string) bool {
	return f.all.met(func(key, value string) bool {
		switch key {
		case "dangling":
			return isOn(value) == (name == "")
		case "reference":
			return matchesReference(value, name)
		case "before":
			return i.Created.Before(f.others[value].Created)
		case "since":
			return i.Created.After(f.others[value].Created)
		}
		return hasLabel(i.Config.Config.Labels, value)
	})
}

// matchesReference compares a name with a pattern of `*`, `?` and sets, which may
// leave out the tag.
func matchesReference(pattern, name string) bool {
	parsed, err := image.ParseName(name)
	if err != nil {
		return false
	}
	return slices.ContainsFunc([]string{parsed.Familiar(), parsed.FamiliarRepository()}, func(form string) bool {
		ok, _ := path.Match(pattern, form)
		return ok
	})
}
