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

// sortedOptions: their order means nothing to the kernel.
func sortedOptions(lower []string, upper, work string, userXattr bool) []string {
	return slices.Sorted(slices.Values(OverlayOptions(lower, upper, work, userXattr)))
}

func TestOverlayOptionsStackTheTopLayerFirst(t *testing.T) {
	got := sortedOptions([]string{"/b", "/a"}, "/u", "/w", false)
	if want := []string{"lowerdir=/b:/a", "redirect_dir=off", "upperdir=/u", "workdir=/w"}; !slices.Equal(got, want) {
		t.Errorf("options %q, want %q", got, want)
	}
}

func TestOverlayOptionsWithoutUpperAreReadOnly(t *testing.T) {
	got := sortedOptions([]string{"/b", "/a"}, "", "", true)
	if want := []string{"lowerdir=/b:/a", "userxattr"}; !slices.Equal(got, want) {
		t.Errorf("options %q, want %q", got, want)
	}
}
