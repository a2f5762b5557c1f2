package filter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/image"
	"drydock/mini-docker/volume"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// taken are the names of the things that a filter takes, in their order.
func taken[T any](all []T, name func(T) string, takes func(T) bool) string {
	var names []string
	for _, each := range all {
		if takes(each) {
			names = append(names, name(each))
		}
	}
	return strings.Join(names, " ")
}

func TestContainersAreFiltered(t *testing.T) {
	all := []*container.Container{
		{ID: "ab12", Name: "/runs", State: container.State{Status: container.Running}, Config: container.Config{Labels: map[string]string{"b": "2", "a": "1"}}},
		{ID: "cd34", Name: "/ended", State: container.State{Status: container.Exited}},
	}
	for texts, want := range map[string]string{
		"":                             "runs ended",
		"name=run":                     "runs",
		"name=/ended":                  "ended",
		"name=run name=end":            "runs ended",
		"name=^/runs$":                 "runs",
		"name=^runs$":                  "runs",
		"name=^run$":                   "",
		"name=e.d|u.s":                 "runs ended",
		"name=[":                       "",
		"id=cd":                        "ended",
		"status=running":               "runs",
		"status=running status=exited": "runs ended",
		"status=exited name=runs":      "",
		"label=a":                      "runs",
		"label=a=1":                    "runs",
		"label=a=2":                    "",
		"label=a label=b=2":            "runs",
		"label=a label=c":              "",
	} {
		f, err := Containers(strings.Fields(texts))
		if err != nil {
			t.Fatal(err)
		}
		if got := taken(all, (*container.Container).PlainName, f.Takes); got != want {
			t.Errorf("%s: got %q, want %q", texts, got, want)
		}
		if f.ByStatus() != strings.Contains(texts, "status") {
			t.Errorf("%s: by status: %t", texts, f.ByStatus())
		}
	}
}

func TestNetworksAndVolumesAreFiltered(t *testing.T) {
	nets := []*networks.Network{{Name: "lan", ID: "ab12", Driver: "bridge", Labels: map[string]string{"a": "1"}}, {Name: "none", ID: "cd34", Driver: "null"}}
	for texts, want := range map[string]string{"name=n": "lan none", "name=^n": "none", "driver=null": "none", "id=ab": "lan", "label=a=1": "lan", "name=lan driver=null": ""} {
		takes, err := Networks(strings.Fields(texts))
		if got := taken(nets, func(n *networks.Network) string { return n.Name }, takes); err != nil || got != want {
			t.Errorf("networks, %s: got %q, %v; want %q", texts, got, err, want)
		}
	}
	name := func(v *volume.Volume) string { return v.Name }
	vols := []*volume.Volume{{Name: "post", Driver: "local", Labels: map[string]string{"a": "1"}}, {Name: "desk", Driver: "local"}}
	for texts, want := range map[string]string{"dangling=true": "desk", "dangling=0": "post", "name=os driver=local": "post", "name=k$": "desk", "label=a": "post"} {
		takes, err := Volumes(strings.Fields(texts))
		used := func(v *volume.Volume) bool { return takes(v, map[string][]string{"post": {"web"}}[v.Name]) }
		if got := taken(vols, name, used); err != nil || got != want {
			t.Errorf("volumes, %s: got %q, %v; want %q", texts, got, err, want)
		}
	}
	for texts, want := range map[string]string{"": "post desk", "label!=a": "desk", "label=a all=1": "post", "all=false": "post desk"} {
		takes, named, err := VolumesToPrune(strings.Fields(texts))
		if got := taken(vols, name, takes); err != nil || got != want || named != strings.Contains(texts, "all=1") {
			t.Errorf("volumes to prune, %s: got %q, named %t, %v; want %q", texts, got, named, err, want)
		}
	}
}

func TestImagesAreFilteredByTheirNames(t *testing.T) {
	old := &image.Image{Created: noon.Add(-time.Hour), Names: []string{"mini/box:latest", "mini/box:v1"}, Config: &v1.ConfigFile{}}
	old.Config.Config.Labels = map[string]string{"a": "1"}
	all := []*image.Image{old, {Created: noon, Config: &v1.ConfigFile{}}}
	get := func(name string) (*image.Image, error) {
		if name != "old" {
			return nil, errors.New("no such image")
		}
		return old, nil
	}
	for texts, want := range map[string]string{
		"":                       "mini/box:latest,mini/box:v1 <none>",
		"dangling=true":          "<none>",
		"dangling=false":         "mini/box:latest,mini/box:v1",
		"reference=*/*:v1":       "mini/box:v1",
		"reference=mini/box":     "mini/box:latest,mini/box:v1",
		"label=a":                "mini/box:latest,mini/box:v1",
		"since=old":              "<none>",
		"before=old":             "",
		"label=a reference=*:no": "",
	} {
		f, err := Images(strings.Fields(texts), get)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, each := range all {
			if meant := f.Of(each); meant != nil && meant.Names == nil {
				got = append(got, "<none>")
			} else if meant != nil {
				got = append(got, strings.Join(meant.Names, ","))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", texts, got, want)
		}
	}
	if _, err := Images([]string{"since=young"}, get); err == nil {
		t.Error("an image that is not there: got no error")
	}
}

// A clock that was put back has made what there is in its future: until takes none of
// it, and without it all is taken.
func TestWhatIsToComeIsNotPrunedByItsAge(t *testing.T) {
	for text, want := range map[string]string{
		"until=0s":         "long-ago now",
		"until=24h":        "long-ago",
		"until=-24h":       "long-ago now just-now",
		"until=2000-01-01": "",
		"label!=x":         "long-ago now just-now in-years",
		"label=x":          "",
	} {
		f, err := Unused([]string{text}, noon)
		if err != nil {
			t.Fatal(err)
		}
		type made struct {
			name string
			at   time.Time
		}
		all := []made{{"long-ago", noon.AddDate(-1, 0, 0)}, {"now", noon.Add(-time.Nanosecond)}, {"just-now", noon}, {"in-years", noon.AddDate(9, 0, 0)}}
		if got := taken(all, func(m made) string { return m.name }, func(m made) bool { return f.Takes(nil, m.at) }); got != want {
			t.Errorf("%s takes %q, want %q", text, got, want)
		}
	}
}

func TestWrongFiltersAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"colour=red":        "invalid filter 'colour': there are id, label, name and status",
		"name":              `invalid argument "name" for filter: name=value expected`,
		"status=asleep":     "invalid filter 'status=asleep': there are created",
		"dangling=perhaps":  "invalid filter 'dangling=perhaps'",
		"reference=[":       "invalid filter 'reference=['",
		"until=tomorrow":    "invalid filter 'until=tomorrow'",
		"all=some of these": "invalid filter 'all=some of these'",
	} {
		var err error
		switch key, _, _ := strings.Cut(text, "="); key {
		case "dangling", "reference":
			_, err = Images([]string{text}, nil)
		case "until":
			_, err = Unused([]string{text}, noon)
		case "all":
			_, _, err = VolumesToPrune([]string{text})
		default:
			_, err = Containers([]string{text})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
