package layer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCheckOptionsNamesTheLimit(t *testing.T) {
	var lower []string
	for i := range 60 {
		lower = append(lower, fmt.Sprintf("/var/lib/mini-docker/layers/%064d", i))
	}
	var long *OptionsTooLongError
	if err := CheckOptions(OverlayOptions(lower, "/u", "/w", false)); !errors.As(err, &long) || !strings.Contains(err.Error(), "4095") {
		t.Errorf("60 layers: %v, want an error that names the limit", err)
	}
	if err := CheckOptions(OverlayOptions(lower[:40], "/u", "/w", false)); err != nil {
		t.Errorf("40 layers: %v", err)
	}
}

func TestOverlayOptionsWithoutUpperAreReadOnly(t *testing.T) {
	got := OverlayOptions([]string{"/b", "/a"}, "", "", true)
	if want := []string{"lowerdir=/b:/a", "userxattr"}; !slices.Equal(got, want) {
		t.Errorf("options %q, want %q", got, want)
	}
}
