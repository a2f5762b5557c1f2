package see

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"drydock/mini-docker/image"
)

// Image is an image that an engine keeps here. It is no thing of the kernel's,
// but its layers are what the kernel lays over one another.
type Image struct {
	ID        string   `json:"id"`    // digest of its config
	Names     []string `json:"names"` // none for one whose name has moved on
	SizeBytes int64    `json:"sizeBytes"`
	Layers    []string `json:"layers"` // digests of their content, the top one first
}

// ImagesIn lists the images of an engine that keeps its files in a directory,
// sorted by name. Where there is no engine yet there are none.
func ImagesIn(root string) ([]Image, error) {
	if _, err := os.Stat(root); err != nil {
		return nil, nil // also where we may not look: as for the rest of the scene
	}
	store, err := image.Open(root)
	if err != nil {
		return nil, err
	}
	found, err := store.List()
	if err != nil {
		return nil, err
	}
	var images []Image
	for _, each := range found {
		shown := Image{ID: each.ID.String(), Names: slices.Sorted(slices.Values(each.Names)), SizeBytes: each.Size}
		for _, layer := range slices.Backward(each.Config.RootFS.DiffIDs) {
			shown.Layers = append(shown.Layers, layer.String())
		}
		images = append(images, shown)
	}
	slices.SortFunc(images, func(a, b Image) int {
		return cmp.Or(strings.Compare(a.String(), b.String()), strings.Compare(a.ID, b.ID))
	})
	return images, nil
}

// String is the names with the start of the id, as tables show it, and how much
// is in it.
func (i Image) String() string {
	const shown = 12
	_, id, _ := strings.Cut(i.ID, ":")
	text := strings.Join(append(slices.Clone(i.Names), id[:min(shown, len(id))]), " ")
	return fmt.Sprintf("%s, %s", text, Bytes(uint64(i.SizeBytes)))
}
