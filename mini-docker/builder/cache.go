package builder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/singleflight"

	"drydock/mini-docker/engine"
)

// cacheFormat is part of where the cache lies, so that a program which knows
// another one does not read it.
const cacheFormat = "2"

// cacheDir holds what is kept from one build to the next.
func cacheDir(e *engine.Engine) string { return filepath.Join(e.Root(), "build-cache", cacheFormat) }

// part is one thing that a step depends on.
type part struct{ What, Value string }

// What a part may be, in words that explain why a step was done again.
const (
	partBelow    = "the layer below"
	partStep     = "the instruction"
	partEpoch    = "SOURCE_DATE_EPOCH"
	partEnv      = "the environment"
	partUser     = "the user"
	partDir      = "the working directory"
	partNetwork  = "the network"
	partFiles    = "a copied file"
	partMounts   = "what is mounted"
	partPlatform = "the platform"
)

// key names a step by all that it depends on.
type key struct {
	text  string // the instruction, once its variables are replaced
	parts []part
	files []string // the digests of copied files, to tell which has changed
	stage *stage   // whose step it is
}

// key begins the key of a step.
func (b *build) key(s *stage, text string, further ...part) *key {
	return &key{text: text, parts: append(b.parts(s, text), further...), stage: s}
}

// parts are what every step depends on: the layers that it stands on, the
// instruction, the platform, and the time that all files are given, where the
// caller wants one. A step adds what it depends on beside these: RUN the
// environment, COPY the files.
func (b *build) parts(s *stage, text string) []part {
	var below []string
	for _, id := range s.config.RootFS.DiffIDs {
		below = append(below, id.Hex)
	}
	parts := []part{
		{partBelow, digest(below...)},
		{partStep, text},
		{partPlatform, s.plan.Platform},
	}
	if b.options.Epoch != nil {
		parts = append(parts, part{partEpoch, strconv.FormatInt(b.options.Epoch.Unix(), 10)})
	}
	return parts
}

// without takes away something that the step does not depend on.
func (k *key) without(what string) {
	k.parts = slices.DeleteFunc(k.parts, func(p part) bool { return p.What == what })
}

func (k *key) digest() string {
	var all []string
	for _, each := range k.parts {
		all = append(all, each.What, each.Value)
	}
	return digest(all...)
}

// digest is one text for several, of 64 hexadecimal digits (SHA-256). Each goes in
// with its length before it: what one text ends with is not what the next begins
// with.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

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
//
//	ROOT/build-cache/2/steps/KEY     made
//	ROOT/build-cache/2/last/STAGE    what its steps depended on the last time: see memory
//	ROOT/build-cache/2/mounts/ID/    what RUN --mount=type=cache keeps
type cache struct {
	dir   string
	fresh bool               // what builds before this one have made is not looked up
	doing singleflight.Group // by the keys of steps

	mutex sync.Mutex        // stages are built side by side
	new   map[string]made   // written once their layers are in the store
	last  map[string][]last // likewise
}

func newCache(e *engine.Engine, fresh bool) *cache {
	return &cache{dir: cacheDir(e), fresh: fresh, new: map[string]made{}, last: map[string][]last{}}
}

func (c *cache) get(key string) (made, bool) {
	c.mutex.Lock()
	found, ok := c.new[key]
	c.mutex.Unlock()
	if !ok && !c.fresh {
		ok = c.read("steps", key, &found)
	}
	return found, ok
}

func (c *cache) read(kind, name string, into any) bool {
	text, err := os.ReadFile(filepath.Join(c.dir, kind, name))
	return err == nil && json.Unmarshal(text, into) == nil
}

// add notes what a step has made.
func (c *cache) add(k *key, packed v1.Descriptor, id v1.Hash) made {
	new := made{packed, id, time.Now().UTC()}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.new[k.digest()] = new
	return new
}

// note notes what the steps of a stage depended on.
func (c *cache) note(stage string, seen []last) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.last[stage] = seen
}

// write writes what was added, each file as a whole.
func (c *cache) write() {
	for key, layer := range c.new {
		c.writeFile("steps", key, layer)
	}
	for stage, seen := range c.last {
		c.writeFile("last", stage, seen)
	}
	clear(c.new)
	clear(c.last)
}

func (c *cache) writeFile(kind, name string, what any) {
	dir := filepath.Join(c.dir, kind)
	text, err := json.Marshal(what)
	if before, read := os.ReadFile(filepath.Join(dir, name)); err == nil && read == nil && bytes.Equal(before, text) {
		return // as it is after each build that changes nothing
	}
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	partial, err := os.CreateTemp(dir, ".")
	if err != nil {
		return
	}
	_, err = partial.Write(text)
	if partial.Close() != nil || err != nil || os.Rename(partial.Name(), filepath.Join(dir, name)) != nil {
		os.Remove(partial.Name())
	}
}
