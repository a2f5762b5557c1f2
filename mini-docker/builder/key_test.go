package builder

import (
	"regexp"
	"slices"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/builder/dockerfile"
)

// keyStage is a stage that stands on layers.
func keyStage(platform string, below ...string) *stage {
	config := &v1.ConfigFile{}
	for _, hex := range below {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, v1.Hash{Algorithm: "sha256", Hex: hex})
	}
	return &stage{plan: &dockerfile.Stage{Platform: platform}, config: config}
}

// keyOf is the key of a step in a stage.
func keyOf(s *stage, text string, epoch *time.Time) string {
	b := &build{options: Options{Epoch: epoch}}
	return (&key{parts: b.parts(s, text)}).digest()
}

func TestKeyIsOfOneShape(t *testing.T) {
	first, again := keyOf(keyStage("linux/amd64", "aa"), "RUN a", nil), keyOf(keyStage("linux/amd64", "aa"), "RUN a", nil)
	if first != again {
		t.Error("the same step has two keys: it would never be found again")
	}
	if !regexp.MustCompile("^[0-9a-f]{64}$").MatchString(first) {
		t.Errorf("the key is %q: want the 64 hexadecimal digits of a SHA-256, since it names a file", first)
	}
}

func TestKeyTellsStepsApart(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	seen := map[string]string{}
	for what, key := range map[string]string{
		"a step":                   keyOf(keyStage("linux/amd64", "aa", "bb"), "RUN a", nil),
		"another instruction":      keyOf(keyStage("linux/amd64", "aa", "bb"), "RUN b", nil),
		"another platform":         keyOf(keyStage("linux/arm64", "aa", "bb"), "RUN a", nil),
		"another layer at the top": keyOf(keyStage("linux/amd64", "aa", "cc"), "RUN a", nil),
		"another at the bottom":    keyOf(keyStage("linux/amd64", "cc", "bb"), "RUN a", nil),
		"layers in another order":  keyOf(keyStage("linux/amd64", "bb", "aa"), "RUN a", nil),
		"a layer more":             keyOf(keyStage("linux/amd64", "aa", "bb", "bb"), "RUN a", nil),
		"a time that is wanted":    keyOf(keyStage("linux/amd64", "aa", "bb"), "RUN a", &early),
		"another time":             keyOf(keyStage("linux/amd64", "aa", "bb"), "RUN a", &late),
	} {
		if other := seen[key]; other != "" {
			t.Errorf("%q and %q have one key: what one has made is taken for the other's", other, what)
		}
		seen[key] = what
	}
}

func TestKeyPartsHaveTheirNames(t *testing.T) {
	named := func(epoch *time.Time) (names []string) {
		b := &build{options: Options{Epoch: epoch}}
		for _, each := range b.parts(keyStage("linux/amd64", "aa"), "RUN a") {
			names = append(names, each.What)
		}
		slices.Sort(names)
		return names
	}
	want := []string{partStep, partBelow, partPlatform}
	if got := named(nil); !slices.Equal(got, want) {
		t.Errorf("got parts %q, want %q: --explain tells of them by these names", got, want)
	}
	if got := named(new(time.Time)); !slices.Contains(got, partEpoch) || len(got) != 4 {
		t.Errorf("with a time: got parts %q, want %s as well", got, partEpoch)
	}
}

func TestDigestKeepsTextsApart(t *testing.T) {
	for _, pair := range [][2][]string{
		{{"ab", "c"}, {"a", "bc"}},
		{{"a", "b"}, {"b", "a"}},
		{{"ab"}, {"a", "b"}},
		{{"a", ""}, {"a"}},
		{{"a b"}, {"a", "b"}},
		{{"a,b"}, {"a", "b"}},
		{{"a\nb"}, {"a", "b"}},
		{{"a\x00b"}, {"a", "b"}},
	} {
		if digest(pair[0]...) == digest(pair[1]...) {
			t.Errorf("%q and %q have one digest", pair[0], pair[1])
		}
	}
}
