package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/labs/see"
)

func TestSeeDrawsAndCompares(t *testing.T) {
	l := newLearner(t)
	l.wants("see", "host name")
	l.wants("see --plain", "You are in this ")
	out, errs, code := l.types("see --diff --json")
	if code != 0 || errs != "" {
		t.Fatalf("got code %d, errors %q", code, errs)
	}
	var shown struct {
		Scene   see.Scene
		Changes *[]see.Change
	}
	if err := json.Unmarshal([]byte(out), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Scene.Here["pid"] == 0 || shown.Changes == nil {
		t.Errorf("got scene %+v, changes %v, want both", shown.Scene, shown.Changes)
	}
}

func TestTheFirstLookHasNothingToCompareWith(t *testing.T) {
	l := newLearner(t)
	out, errs, code := l.types("see --since")
	if code != 0 || !strings.Contains(errs, "first look") || strings.Count(errs, "\n") != 1 || !strings.Contains(out, "host name") {
		t.Errorf("got code %d, errors %q and\n%s", code, errs, out)
	}
	if _, errs, _ := l.types("see --since"); errs != "" {
		t.Errorf("the second time: got errors %q", errs)
	}
}

func TestSeeDrawsAnImage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scene.svg")
	out, errs, code := newLearner(t).types("see --svg " + file)
	if code != 0 || errs != "" || out != "" {
		t.Fatalf("got code %d, output %q, errors %q", code, out, errs)
	}
	if text, _ := os.ReadFile(file); !strings.HasPrefix(string(text), "<svg ") || !strings.HasSuffix(string(text), "</svg>\n") {
		t.Errorf("got no image:\n%s", text)
	}
}

// Where the look cannot be kept it is shown all the same.
func TestSeeGoesOnWhenTheLookCannotBeKept(t *testing.T) {
	l := newLearner(t)
	l.state = "/dev/null/drydock"
	out, errs, code := l.types("see")
	if code != 0 || !strings.Contains(out, "host name") || strings.Count(errs, "\n") != 1 {
		t.Errorf("got code %d, errors %q and\n%s", code, errs, out)
	}
}

// The drydock outside would draw another world than the one it is asked in.
func TestSeeIsAnsweredInside(t *testing.T) {
	if _, asked := answerInside(context.Background(), []string{"see", "--plain"}); asked {
		t.Error("see was answered outside")
	}
}
