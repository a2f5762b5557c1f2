package filesystem

import (
	"fmt"
	"testing"
)

func TestLowerDirectoriesKeepTheirColons(t *testing.T) {
	for _, dirs := range [][]string{{"/a"}, {"/a", "/b"}, {"/with:colon", `/with\backslash`, `/with\:both`}} {
		if got := splitLower(Data(dirs, "/c")[lowerDir]); fmt.Sprint(got) != fmt.Sprint(dirs) {
			t.Errorf("got %q, want %q", got, dirs)
		}
	}
}
