package lessons

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "bring the built-in lessons' excerpts up to date")

func TestBuiltInExcerptsAreTheCode(t *testing.T) {
	module := os.DirFS("..")
	all, err := Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if *update {
			text, err := Update(l, module)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("..", l.Path), text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, p := range Stale(l, module) {
			t.Error(p)
		}
	}
}

// focused is good with an excerpt of a longer declaration, of which it prints
// shown.
func focused(t *testing.T, shown string) Lesson {
	t.Helper()
	return parse(t, strings.Replace(good, "func CloneFlags() {}", shown, 1))
}

const long = `func CloneFlags(kinds []Kind) (flags uintptr, err error) {
	lock.Lock()
	defer lock.Unlock()
	for _, kind := range kinds {
		flags |= flagOf[kind]
	}
	return flags, nil
}`

func sourceOf(code string) fstest.MapFS {
	return fstest.MapFS{"mini-docker/namespace/namespace.go": {Data: []byte("package namespace\n\n" + code + "\n")}}
}

const inFocus = `func CloneFlags(kinds []Kind) (flags uintptr, err error) {
	// …
	for _, kind := range kinds {
		flags |= flagOf[kind]
	}
	// …
}`

func TestAnExcerptMayLeaveLinesOut(t *testing.T) {
	if got := Stale(focused(t, inFocus), sourceOf(long)); len(got) > 0 {
		t.Errorf("got %v, want nothing stale", got)
	}
	for name, wrong := range map[string]string{
		"another order":         strings.Replace(inFocus, "\tfor _, kind := range kinds {\n\t\tflags |= flagOf[kind]", "\t\tflags |= flagOf[kind]\n\tfor _, kind := range kinds {", 1),
		"lines left out unsaid": strings.Replace(inFocus, "\t// …\n\tfor", "\tfor", 1),
		"nothing left out":      strings.Replace(long, "\treturn", "\t// …\n\treturn", 1),
		"a line that is none":   strings.Replace(inFocus, "flags |=", "flags +=", 1),
		"the end left out":      strings.TrimSuffix(inFocus, "\n\t// …\n}"),
	} {
		if got := Stale(focused(t, wrong), sourceOf(long)); len(got) != 1 {
			t.Errorf("%s: got %v, want one problem", name, got)
		}
	}
}

func TestUpdateKeepsTheFocus(t *testing.T) {
	newer := strings.NewReplacer("lock.", "mutex.", "flagOf[kind]\n", "flagOfKind[kind]\n\t\tseen++\n").Replace(long)
	l := focused(t, inFocus)
	if got := fmt.Sprint(Stale(l, sourceOf(newer))); !strings.Contains(got, "verify --update") {
		t.Errorf("got %s, want it to say how it is mended", got)
	}
	text, err := Update(l, sourceOf(newer))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(inFocus, "flagOf[kind]\n", "flagOfKind[kind]\n\t\tseen++\n", 1)
	if fresh := parse(t, string(text)).Excerpts()[0]; fresh.Text != want {
		t.Errorf("got\n%s\nwant\n%s", fresh.Text, want)
	}
}

func TestUpdateLeavesToTheAuthorWhatIsGone(t *testing.T) {
	other := strings.Replace(long, "\tfor _, kind := range kinds {\n\t\tflags |= flagOf[kind]\n\t}\n", "\tflags = all(kinds)\n", 1)
	l := focused(t, inFocus)
	text, err := Update(l, sourceOf(other))
	if err != nil || string(text) != string(l.Source) {
		t.Errorf("got %v and a lesson that was changed: %v", err, string(text) != string(l.Source))
	}
	if got := fmt.Sprint(Stale(l, sourceOf(other))); !strings.Contains(got, `"for _, kind := range kinds {" is not in mini-docker/namespace.CloneFlags any more`) {
		t.Errorf("got %s, want the line that is gone", got)
	}
}
