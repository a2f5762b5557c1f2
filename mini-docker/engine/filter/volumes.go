package filter

import (
	"slices"

	"drydock/mini-docker/volume"
)

// Volumes reads what `volume ls --filter` takes, and returns what says whether a
// volume is meant that some containers use.
func Volumes(texts []string) (takes func(v *volume.Volume, users []string) bool, err error) {
	all, err := read(texts, "name", "driver", label, "dangling")
	if err == nil {
		err = all.switches("dangling")
	}
	return func(v *volume.Volume, users []string) bool {
		return all.met(func(key, value string) bool {
			switch key {
			case "name":
				return matchesName(value, v.Name)
			case "driver":
				return v.Driver == value
			case "dangling":
				return isOn(value) == (len(users) == 0)
			}
			return hasLabel(v.Labels, value)
		})
	}, err
}

// VolumesToPrune reads what `volume prune --filter` takes: it says too whether those
// that have a name are asked for.
func VolumesToPrune(texts []string) (takes func(*volume.Volume) bool, named bool, err error) {
	all, err := read(texts, label, notLabel, "all")
	if err == nil {
		err = all.switches("all")
	}
	return func(v *volume.Volume) bool {
		return all.met(func(key, value string) bool {
			return key == "all" || hasLabel(v.Labels, value) == (key == label)
		})
	}, slices.ContainsFunc(all["all"], isOn), err
}
