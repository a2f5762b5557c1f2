package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// An engine that carries the reference's init would begin containers with the
// reference's code, whatever the answer is that is to be proven wrong.
func TestProofsBeginContainersWithTheAnswersCode(t *testing.T) {
	v := &verifier{}
	v.Module = "/module"
	list, err := v.overlay(t.TempDir(), sources{"a/b.go": []byte("package b")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		t.Fatal(err)
	}
	if init, there := overlay.Replace["/module/mini-docker/shim/program/embedded/init"]; !there || init != "" {
		t.Errorf("the init: got %q, replaced: %v; want it left out", init, there)
	}
	if got, err := os.ReadFile(overlay.Replace["/module/a/b.go"]); err != nil || string(got) != "package b" {
		t.Errorf("the answer at %s: got %q, %v", filepath.Base(overlay.Replace["/module/a/b.go"]), got, err)
	}
}
