package builder

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestStepsAreComparedWithThemselves(t *testing.T) {
	for _, test := range []struct {
		before, now string
		want        []int
	}{
		{"RUN a;RUN b", "RUN a;RUN b", []int{0, 1}},
		{"RUN a;RUN b", "RUN a;RUN new;RUN b", []int{0, -1, 1}},
		{"RUN a;RUN b", "RUN new;RUN a;RUN b", []int{-1, 0, 1}},
		{"RUN a;RUN b", "RUN a;RUN changed", []int{0, 1}},
		{"RUN a;RUN b;RUN c", "RUN c", []int{2}},
		{"RUN a;RUN b", "ENV x=1;RUN a;ENV y=2;RUN b", []int{-1, 0, -1, 1}},
		{"COPY a /;RUN b", "RUN b2;COPY a2 /", []int{1, -1}},
		{"RUN a;RUN a", "RUN a;RUN a;RUN a", []int{0, 1, -1}},
		{"", "RUN a", []int{-1}},
		{"RUN a", "", nil},
	} {
		texts := func(s string) []string {
			return slices.DeleteFunc(strings.Split(s, ";"), func(t string) bool { return t == "" })
		}
		if got := align(texts(test.before), texts(test.now)); !slices.Equal(got, test.want) {
			t.Errorf("%q after %q: got %v, want %v", test.now, test.before, got, test.want)
		}
	}
}

// A step that is written between two others is new, and the next is what it was.
func TestAStepThatIsInsertedIsToldFromTheNext(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2", "c": "3"})
	p.built(t, "FROM scratch; COPY a /; COPY c /")
	p.wants(t, "it was not built here before", "it was not built here before")
	p.built(t, "FROM scratch; COPY a /; COPY b /; COPY c /")
	p.wants(t, "nothing that it depends on has changed", "this instruction is new here", "a step before it made another layer")
	p.built(t, "FROM scratch; COPY a /; COPY b /bb; COPY c /")
	p.wants(t, "nothing that it depends on has changed", `the instruction was "COPY `, "a step before it made another layer")
}

// Of a step that a failed build has not reached, what was known is known still.
func TestAFailedBuildForgetsNothing(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	p.built(t, "FROM scratch; COPY a /; COPY b /")
	if _, err := p.build(t, "FROM scratch; COPY a /; COPY none /; COPY b /"); err == nil {
		t.Fatal("a file that is not there was copied")
	}
	p.built(t, "FROM scratch; COPY a /x; COPY b /")
	p.wants(t, `the instruction was "COPY `, "a step before it made another layer")
}

// A stage is compared with itself by its name, whatever is written above it.
func TestAStageIsComparedWithItself(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	p.built(t, "FROM scratch AS one; COPY a /")
	p.built(t, "FROM scratch AS zero; COPY b /; FROM scratch AS one; COPY --from=zero b /bb; COPY a /")
	p.wants(t, "it was not built here before", "this instruction is new here", "a step before it made another layer")
}

// --target is the stage to stop at, by its name or its number: what stands behind it is
// not looked at, and what it does not need is not built.
func TestTargetIsTheStageToStopAt(t *testing.T) {
	const dockerfile = "FROM scratch AS unneeded; COPY none /; FROM scratch AS Web; COPY a /; FROM web; COPY none /"
	p := newPlace(t, map[string]string{"a": "1"})
	var ids []string
	for _, target := range []string{"web", "WEB", "1"} {
		made := p.built(t, dockerfile, func(o *Options) { o.Target = target })
		if names := files(t, p.tree(t, made)); names != "a" {
			t.Errorf("--target %s holds %q, want a", target, names)
		}
		ids = append(ids, made.ID.String())
	}
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("one stage is several images: %q", ids)
	}
	for _, target := range []string{"none", "3", "-1"} {
		_, err := p.build(t, dockerfile, func(o *Options) { o.Target = target })
		if want := fmt.Sprintf("target stage %q could not be found", target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--target %s: %v, want %q", target, err, want)
		}
	}
	if _, err := p.build(t, dockerfile); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("without a target: %v, want that the last stage is built", err)
	}
}
