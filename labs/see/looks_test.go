package see

import (
	"os"
	"testing"
)

func TestALookIsComparedWithTheLastOneOfItsWorld(t *testing.T) {
	looks := Looks{Dir: t.TempDir() + "/made/when/needed"}
	here := Scene{Here: Namespaces{"pid": 1}}
	if _, ok, err := looks.Last(here); ok || err != nil {
		t.Errorf("the first: got %v, %v", ok, err)
	}
	if err := looks.Keep(here); err != nil {
		t.Fatal(err)
	}
	if before, ok, err := looks.Last(here); !ok || err != nil || before.Here["pid"] != 1 {
		t.Errorf("the second: got %v, %v, %v", before, ok, err)
	}
	if _, ok, _ := looks.Last(Scene{Here: Namespaces{"pid": 2}}); ok {
		t.Error("a look in another PID namespace is compared with")
	}
	if all, err := os.ReadDir(looks.Dir); err != nil || len(all) != 1 {
		t.Errorf("got %v, %v, want the one look", all, err)
	}
}
