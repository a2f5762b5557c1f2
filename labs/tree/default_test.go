package tree

import (
	"path/filepath"
	"testing"
)

func TestTheUsualTreeIsNotWhereACloneIs(t *testing.T) {
	for name, test := range map[string]struct {
		there []string // below the home folder
		want  string
	}{
		"nothing is there":              {nil, "my-drydock"},
		"a clone":                       {[]string{"drydock/go.mod", "drydock/.git/HEAD"}, "my-drydock"},
		"a tree of before":              {[]string{"drydock/.drydock", "drydock/go.mod"}, "drydock"},
		"a tree of before and of today": {[]string{"drydock/.drydock", "my-drydock/.drydock"}, "my-drydock"},
		"its work alone":                {[]string{"WORK"}, "drydock"},
		"its work, and a clone":         {[]string{"WORK", "drydock/go.mod"}, "my-drydock"},
	} {
		home := t.TempDir()
		data := filepath.Join(home, "data")
		for _, file := range test.there {
			path := filepath.Join(home, file)
			if file == "WORK" {
				path = filepath.Join(workOf(data, filepath.Join(home, "drydock")), recordName)
			}
			if err := replace(path, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := usual(home, data); got != filepath.Join(home, test.want) {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
