package builder

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/engine"
)

// cacheFormat is part of where the cache lies, so that a program which knows
// another one does not read it.
const cacheFormat = "1"

func cacheDir(e *engine.Engine) string { return filepath.Join(e.Root(), "build-cache", cacheFormat) }

// made is a layer that a step has made.
type made struct {
	Packed  v1.Descriptor
	DiffID  v1.Hash
	Created time.Time
}

// cache remembers, by the keys of steps, what layers they made: one small file
// each. The layers are the store's, and what is remembered of one that has been
// removed there is void. Losing the cache costs time and nothing else, so its
// errors are nobody's concern.
type cache struct {
	dir string
	new map[string]made // written once their layers are in the store
}

func (c *cache) get(key string) (made, bool) {
	if found, ok := c.new[key]; ok {
		return found, true
	}
	var found made
	text, err := os.ReadFile(filepath.Join(c.dir, key))
	if err != nil || json.Unmarshal(text, &found) != nil {
		return made{}, false
	}
	return found, true
}

func (c *cache) add(key string, layer made) {
	if c.new == nil {
		c.new = map[string]made{}
	}
	c.new[key] = layer
}

// write writes what was added, each file as a whole.
func (c *cache) write() {
	if len(c.new) == 0 || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	for key, layer := range c.new {
		text, err := json.Marshal(layer)
		if err != nil {
			continue
		}
		partial := filepath.Join(c.dir, "."+key)
		if os.WriteFile(partial, text, 0o600) == nil {
			os.Rename(partial, filepath.Join(c.dir, key))
		}
	}
	c.new = nil
}
