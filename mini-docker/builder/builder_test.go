package builder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

func TestWhatIsNotKnownIsRefusedWithItsLine(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "d/e": "2"})
	for dockerfile, want := range map[string]string{
		"":                                     "the Dockerfile (Dockerfile) cannot be empty",
		"RUN true":                             "Dockerfile:1: no build stage in current context",
		"FROM scratch; ADD --keep-git-dir a /": "Dockerfile:2: ADD --keep-git-dir is not supported",
		"FROM scratch; ADD --checksum=sha256:00 a /":                    "Dockerfile:2: ADD --checksum needs one source",
		"FROM scratch; COPY http://x/y /":                               "Dockerfile:2: source can't be a URL for COPY",
		"FROM scratch; # x; VOLUME":                                     "Dockerfile:3: VOLUME requires at least one argument",
		"FROM scratch; HEALTHCHECK --start-interval=1s CMD a":           "Dockerfile:2: HEALTHCHECK --start-interval is not supported",
		"FROM scratch; ONBUILD ONBUILD RUN true":                        "Dockerfile:2: Chaining ONBUILD",
		"FROM scratch; ONBUILD NONSENSE":                                "Dockerfile:2: image that is built asks for \"NONSENSE\"",
		"FROM scratch; SHELL a":                                         "Dockerfile:2: SHELL requires the arguments to be in JSON form",
		"FROM scratch; STOPSIGNAL SIGNONE":                              "Dockerfile:2: invalid signal: SIGNONE",
		"FROM scratch; NONSENSE a":                                      "Dockerfile:2: unknown instruction: NONSENSE",
		"FROM scratch; ENV A":                                           "Dockerfile:2: ENV must have two arguments",
		"FROM scratch; RUN --security=insecure true":                    "Dockerfile:2:",
		"FROM scratch; RUN --mount=type=ssh,target=/x true":             "Dockerfile:2: --mount=type=ssh is not supported",
		"FROM scratch; RUN --mount=type=cache true":                     "Dockerfile:2: --mount=type=cache needs a target",
		"FROM scratch; RUN --mount=target=/x,source=b true":             "Dockerfile:2: --mount=type=bind: there is no /b to mount",
		"FROM scratch; RUN --mount=type=secret,id=s,required=true true": "Dockerfile:2: secret s: not found",
		"FROM scratch; RUN true":                                        "Dockerfile:2: RUN needs files to run",
		"FROM scratch; COPY b /":                                        "Dockerfile:2: COPY failed: file not found in build context",
		"FROM scratch; ADD b /":                                         "Dockerfile:2: ADD failed: file not found in build context",
		"FROM scratch AS x; COPY a /; FROM scratch; COPY --from=x b /":  "Dockerfile:4: COPY failed: file not found in stage x: b",
		"FROM scratch; COPY ../../etc/hostname /":                       "Dockerfile:2: COPY failed",
		"FROM scratch; COPY a b* /c":                                    "",
		"FROM scratch; COPY a d /c":                                     "Dockerfile:2: COPY failed: When using COPY with more than one source file",
		"FROM scratch; COPY --chown=me a /":                             "Dockerfile:2: --chown=me: unable to find user me",
		"FROM scratch; USER me; WORKDIR /w":                             "Dockerfile:3: WORKDIR belongs to USER me: unable to find user me",
		"FROM scratch; COPY --from=$X a /":                              "Dockerfile:2: --from=$X: variables are not replaced there",
		"FROM scratch; ADD https://x.invalid/y.git#main /":              "Dockerfile:2: ADD https://x.invalid/y.git#main: a Git repository",
		"FROM scratch; ADD git@x.invalid:y /":                           "Dockerfile:2: ADD git@x.invalid:y: a Git repository",
		"FROM scratch; COPY --chmod=u+x a /":                            "Dockerfile:2: --chmod=u+x: only octal",
		"FROM scratch; EXPOSE 70000":                                    "Dockerfile:2: invalid",
		"FROM nowhere":                                                  "Dockerfile:1: No such image: nowhere:latest",
		"FROM scratch AS x; COPY --from=x a /":                          "Dockerfile:2: stage x cannot take files from itself",
		"FROM --platform=linux/s390x scratch":                           "Dockerfile:1: FROM --platform=linux/s390x: this build is for",
		"FROM --platform=windows scratch; COPY a /":                     "Dockerfile:1: FROM --platform=windows:",
		"FROM --platform=linux scratch; COPY a /":                       "",
		"# syntax=other/language:1; FROM scratch":                       "Dockerfile:1: # syntax=other/language:1 is not supported",
	} {
		made, err := p.build(t, dockerfile)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want %q", dockerfile, made, err, want)
		}
	}
}

func TestCopyLaysFilesOut(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "d/x": "2", "d/e/y": "3", "skip/z": "4", ".dockerignore": "skip\n"})
	for dockerfile, want := range map[string]string{
		"FROM scratch; COPY a /b":                            "b",
		"FROM scratch; COPY a /b/":                           "b/a",
		"FROM scratch; WORKDIR /w; COPY a .":                 "w/a",
		"FROM scratch; WORKDIR /w; WORKDIR v; COPY a d/x t/": "w/v/t/a w/v/t/x",
		"FROM scratch; COPY d /":                             "e/y x",
		"FROM scratch; COPY d /to":                           "to/e/y to/x",
		"FROM scratch; COPY [\"a\", \"/with space/\"]":       "with space/a",
		"FROM scratch; COPY d/? /":                           "x y",
		"FROM scratch; ARG N=a; COPY $N /$N-$N":              "a-a",
		"FROM scratch AS one; COPY a /; FROM scratch; COPY --from=one a /b; COPY --from=0 a /c": "b c",
		"FROM scratch AS one; COPY a /; FROM one; COPY d/x /":                                   "a x",
	} {
		made, err := p.build(t, dockerfile)
		if err != nil {
			t.Errorf("%q: %v", dockerfile, err)
			continue
		}
		if got := files(t, p.tree(t, made)); got != want {
			t.Errorf("%q: got %q, want %q", dockerfile, got, want)
		}
	}
	if made, err := p.build(t, "FROM scratch; COPY skip /"); err == nil {
		t.Errorf("what .dockerignore leaves out: got %v", made)
	}
}

func files(t testing.TB, tree *stack.Tree) string {
	t.Helper()
	var names []string
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := tree.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			name := strings.TrimPrefix(dir+"/"+entry.Name(), "./")
			if entry.IsDir() {
				walk(name)
			} else {
				names = append(names, name)
			}
		}
	}
	walk(".")
	return strings.Join(names, " ")
}

// A directory that leads to what is copied keeps its mode: in an overlay the top
// layer's directory is the one that is seen.
func TestCopyLeavesDirectoriesOnItsWayAsTheyAre(t *testing.T) {
	p := newPlace(t, map[string]string{"d/x": "1"})
	if err := os.Chmod(filepath.Join(p.dir, "d"), 0o711); err != nil {
		t.Fatal(err)
	}
	made := p.built(t, "FROM scratch; COPY --chmod=1777 . /made/; COPY d/x /made/d/y; COPY d /made/d")
	info, err := p.tree(t, made).Lstat("made/d")
	if err != nil || info.Mode().Perm() != 0o777 || info.Mode()&os.ModeSticky == 0 {
		t.Errorf("made/d has mode %v, %v; want 1777", info.Mode(), err)
	}
}

// A link in the image leads to where it leads in the image.
func TestCopyFollowsLinksOfTheImage(t *testing.T) {
	p := newPlace(t, map[string]string{"usr/lib/a": "1", "new": "2"})
	if err := os.Symlink("/usr/lib", filepath.Join(p.dir, "lib")); err != nil {
		t.Fatal(err)
	}
	made := p.built(t, "FROM scratch; COPY . /; COPY new /lib/new")
	tree := p.tree(t, made)
	if info, err := tree.Lstat("lib"); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("lib became %v, %v", info.Mode(), err)
	}
	if _, err := tree.Lstat("usr/lib/new"); err != nil {
		t.Error(err)
	}
}

func TestTheSameBuildHasTheSameIDAndIsCached(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1"})
	const dockerfile = "FROM scratch; COPY a /; WORKDIR /w; ENV A=b; CMD [\"/a\"]"
	one := p.built(t, dockerfile)
	if p.told.cached != 0 {
		t.Errorf("%d steps were cached in a new store", p.told.cached)
	}
	// Who only touches a file has not changed it.
	if err := os.Chtimes(filepath.Join(p.dir, "a"), time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if two := p.built(t, dockerfile); two.ID != one.ID || p.told.cached != 2 {
		t.Errorf("got %s with %d cached steps, want %s with 2", two.ID, p.told.cached, one.ID)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "a"), []byte("2"), 0o644); err != nil {
		t.Fatal(err)
	}
	if three := p.built(t, dockerfile); three.ID == one.ID || p.told.cached != 0 {
		t.Errorf("another content: %s with %d cached steps", three.ID, p.told.cached)
	}
}

func TestInstructionsConfigureTheImage(t *testing.T) {
	p := newPlace(t, nil)
	name, err := image.ParseName("made:1")
	if err != nil {
		t.Fatal(err)
	}
	made := p.built(t, `FROM scratch; ARG V=1; ENV A=$V B="two words"; EXPOSE 80 90-91/udp; LABEL k=v; USER 5:6; ENTRYPOINT ["a", "b"]; CMD c d`,
		func(o *Options) { o.Tags, o.Args = []image.Name{name}, map[string]string{"V": "9"} })
	c := made.Config.Config
	_, hasPort := c.ExposedPorts["91/udp"]
	if !slices.Equal(c.Env, []string{"PATH=" + defaultPath, "A=9", "B=two words"}) || !hasPort || c.Labels["k"] != "v" || c.User != "5:6" ||
		!slices.Equal(c.Entrypoint, []string{"a", "b"}) || !slices.Equal(c.Cmd, []string{"/bin/sh", "-c", "c d"}) {
		t.Errorf("got %+v", c)
	}
	child := p.built(t, `FROM made:1; ENTRYPOINT ["x"]`)
	if got := child.Config.Config.Cmd; len(got) != 0 {
		t.Errorf("a new entrypoint keeps the base's arguments %q", got)
	}
}

func TestABuildThatFailsLeavesNoImageAndItsLayersForTheNext(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1"})
	if _, err := p.build(t, "FROM scratch; COPY a /; COPY nothing /"); err == nil {
		t.Fatal("no error")
	}
	store, err := p.engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	images, err := store.List()
	if err != nil || slices.ContainsFunc(images, func(i *image.Image) bool { return !slices.Contains(i.Names, image.BaseName) }) {
		t.Errorf("images %v, %v", images, err)
	}
	if p.built(t, "FROM scratch; COPY a /"); p.told.cached != 1 {
		t.Errorf("%d steps were cached, want 1", p.told.cached)
	}
}

func TestChangeAppliesInstructions(t *testing.T) {
	var config v1.Config
	if err := Change(&config, []string{"CMD [\"sh\"]", "ENV A=1", "WORKDIR /w"}); err != nil || config.Cmd[0] != "sh" || config.Env[0] != "A=1" || config.WorkingDir != "/w" {
		t.Errorf("got %+v, %v", config, err)
	}
	config = v1.Config{Env: []string{"PORT=80 81"}}
	quoted := []string{`ENV A="b c" B=${PORT}x`, `LABEL "x y"='$A'`, "EXPOSE $PORT", "WORKDIR /$A", "USER ${NOBODY:-app}"}
	if err := Change(&config, quoted); err != nil || !slices.Equal(config.Env, []string{"PORT=80 81", "A=b c", "B=80 81x"}) ||
		config.Labels["x y"] != "$A" || len(config.ExposedPorts) != 2 || config.WorkingDir != "/b c" || config.User != "app" {
		t.Errorf("with variables and quotes: got %+v, %v", config, err)
	}
	for _, bad := range []string{"RUN true", "FROM x", "NONSENSE", "COPY a /"} {
		if err := Change(&config, []string{bad}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

// Whatever a Dockerfile says, it is refused or built: nothing panics, and nothing
// leaves the context.
func FuzzDockerfile(f *testing.F) {
	f.Add("FROM scratch\nCOPY a /b\nENV A=${B:-c}\n")
	f.Add("ARG X\nFROM $X AS y\nCOPY --from=y --chown=1:2 . .\n")
	f.Add("# escape=`\nFROM scratch\nCMD `\n x\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToUpper(text), "RUN") {
			return // would start containers
		}
		p := newPlace(t, map[string]string{"a": "1"})
		_, err := Build(t.Context(), p.engine, Options{Context: p.dir, File: "Dockerfile", Text: []byte(text), Progress: p.told})
		var limit *layer.LimitError
		if errors.As(err, &limit) {
			t.Error(err)
		}
	})
}
