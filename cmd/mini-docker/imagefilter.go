package main

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-docker/image"
)

// imageFilter says whether an image under one of its names, "" for none, is to be
// listed.
type imageFilter func(i *image.Image, name string) bool

// imageFilters reads --filter. Filters of one kind add up, those of different kinds
// must all be met, as in Docker.
func imageFilters(texts []string, get func(string) (*image.Image, error)) (imageFilter, error) {
	kinds := map[string][]imageFilter{}
	for _, text := range texts {
		kind, value, found := strings.Cut(text, "=")
		if !found {
			return nil, fmt.Errorf("invalid filter %q: write NAME=VALUE", text)
		}
		filter, err := newImageFilter(kind, value, get)
		if err != nil {
			return nil, err
		}
		kinds[kind] = append(kinds[kind], filter)
	}
	return func(i *image.Image, name string) bool {
		for kind, filters := range kinds {
			met := 0
			for _, filter := range filters {
				if filter(i, name) {
					met++
				}
			}
			// All labels must be there; of names one is enough.
			if met == 0 || kind != "reference" && met < len(filters) {
				return false
			}
		}
		return true
	}, nil
}

// filtered is an image with those of its names that are to be listed, or nil.
func filtered(i *image.Image, keep imageFilter) *image.Image {
	if len(i.Names) == 0 {
		if !keep(i, "") {
			return nil
		}
		return i
	}
	shown := *i
	shown.Names = slices.DeleteFunc(slices.Clone(i.Names), func(name string) bool { return !keep(i, name) })
	if len(shown.Names) == 0 {
		return nil
	}
	return &shown
}

func newImageFilter(kind, value string, get func(string) (*image.Image, error)) (imageFilter, error) {
	switch kind {
	case "dangling":
		wanted, err := strconv.ParseBool(value)
		if err != nil {
			return nil, fmt.Errorf("invalid filter 'dangling=%s'", value)
		}
		return func(_ *image.Image, name string) bool { return (name == "") == wanted }, nil
	case "label":
		key, want, hasValue := strings.Cut(value, "=")
		return func(i *image.Image, _ string) bool {
			got, ok := i.Config.Config.Labels[key]
			return ok && (!hasValue || got == want)
		}, nil
	case "reference":
		if _, err := path.Match(value, ""); err != nil {
			return nil, fmt.Errorf("invalid filter 'reference=%s': %w", value, err)
		}
		return func(_ *image.Image, name string) bool { return matchesReference(value, name) }, nil
	case "before", "since":
		other, err := get(value)
		if err != nil {
			return nil, err
		}
		return func(i *image.Image, _ string) bool {
			if kind == "before" {
				return i.Created.Before(other.Created)
			}
			return i.Created.After(other.Created)
		}, nil
	}
	return nil, fmt.Errorf("invalid filter '%s': there are dangling, label, reference, before and since", kind)
}

// matchesReference compares a name with a pattern of `*`, `?` and sets, which may
// leave out the tag.
func matchesReference(pattern, name string) bool {
	parsed, err := image.ParseName(name)
	if err != nil {
		return false
	}
	for _, form := range []string{parsed.Familiar(), parsed.FamiliarRepository()} {
		if ok, _ := path.Match(pattern, form); ok {
			return true
		}
	}
	return false
}
