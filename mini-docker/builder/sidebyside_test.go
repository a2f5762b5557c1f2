package builder

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"drydock/mini-docker/image"
	"drydock/testscripts/wait"
)

// meet has steps of a text wait for one another: none goes on before so many have begun.
func meet(t *testing.T, many int, texts ...string) func(Step) {
	var mutex sync.Mutex
	all := make(chan struct{})
	return func(s Step) {
		if !slices.Contains(texts, s.Text) {
			return
		}
		mutex.Lock()
		if many--; many == 0 {
			close(all)
		}
		mutex.Unlock()
		select {
		case <-all:
		case <-time.After(wait.Deadline):
			t.Errorf("stage %s waits at %q for one that is not built at the same time", s.Stage, s.Text)
		}
	}
}

func TestStagesAreBuiltSideBySide(t *testing.T) {
	const dockerfile = "FROM scratch AS one; COPY a /; FROM scratch AS two; COPY b /; FROM scratch AS unneeded; COPY nothing /; " +
		"FROM scratch; COPY --from=one / /; COPY --from=two / /; COPY --from=one a /c"
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	p.told.step = meet(t, 2, "COPY a /", "COPY b /")
	made := p.built(t, dockerfile)
	if got := files(t, p.tree(t, made)); got != "a b c" {
		t.Errorf("got %q", got)
	}
	alone := newPlace(t, map[string]string{"a": "1", "b": "2"})
	for _, target := range []string{"one", "two"} {
		alone.built(t, dockerfile, func(o *Options) { o.Target = target })
	}
	if after := alone.built(t, dockerfile); after.ID != made.ID || alone.told.cached != 2 {
		t.Errorf("one stage after another it is %s with %d steps cached, side by side %s: want the same, and 2", after.ID, alone.told.cached, made.ID)
	}
	if p.built(t, dockerfile); p.told.cached != 5 {
		t.Errorf("built again, %d of 5 steps are cached: %q", p.told.cached, p.told.why)
	}
}

// A stage waits where it needs another, not before.
func TestAStageGoesOnUntilItNeedsAnother(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	p.told.step = meet(t, 2, "COPY a /", "COPY b /")
	p.built(t, "FROM scratch AS one; COPY a /; FROM scratch; COPY b /; COPY --from=one a /")
}

// Two stages that begin alike have one layer for it, whoever comes first.
func TestAStepOfTwoStagesIsDoneOnce(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1", "b": "2"})
	p.told.step = meet(t, 2, "COPY a /")
	made := p.built(t, "FROM scratch AS one; COPY a /; COPY b /; FROM scratch AS two; COPY a /; FROM scratch; COPY --from=one / /1/; COPY --from=two / /2/",
		func(o *Options) { o.NoCache = true })
	if got := files(t, p.tree(t, made)); got != "1/a 1/b 2/a" || p.told.cached != 1 {
		t.Errorf("got %q with %d steps cached, want one: %q", got, p.told.cached, p.told.why)
	}
}

// silent is a server that answers nothing; asked is told of each request, and left of
// each that its client has given up.
func silent(t *testing.T) (address string, asked, left chan struct{}) {
	asked, left = make(chan struct{}, 9), make(chan struct{}, 9)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	}))
	t.Cleanup(server.Close)
	return server.URL, asked, left
}

func TestAStageThatFailsEndsTheOthers(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1"})
	address, asked, left := silent(t)
	p.told.step = func(s Step) {
		if s.Stage == "bad" && s.Number == 3 {
			<-asked
		}
	}
	_, err := p.build(t, "FROM scratch AS slow; ADD "+address+"/x /; FROM scratch AS bad; COPY a /; COPY nothing /; FROM slow; COPY --from=bad / /")
	if err == nil || !strings.HasPrefix(err.Error(), "Dockerfile:5: COPY failed") {
		t.Errorf("got %v", err)
	}
	<-left
	if got := p.told.ended["ADD "+address+"/x /"]; got != context.Canceled {
		t.Errorf("the other stage ended with %v", got)
	}
	if _, begun := p.told.ended["FROM slow"]; begun {
		t.Error("a stage was begun that stands on one that was not built")
	}
	if p.built(t, "FROM scratch; COPY a /"); p.told.cached != 1 {
		t.Error("what was built before the failure is not cached")
	}
}

func TestWhoEndsABuildEndsAllItsStages(t *testing.T) {
	p := newPlace(t, nil)
	address, asked, left := silent(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		<-asked
		cancel()
	}()
	lines := []string{"FROM scratch AS one", "ADD " + address + "/1 /", "FROM scratch AS two", "ADD " + address + "/2 /", "FROM one", "COPY --from=two / /"}
	_, err := Build(ctx, p.engine, Options{File: "Dockerfile", Text: []byte(strings.Join(lines, "\n")), Progress: p.told})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-left
	<-left
}

// Docker finds a stage further down, too; a base image may ask for one that nothing
// else needs. None may wait for itself.
func TestStagesFindOneAnother(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1"})
	name, err := image.ParseName("asks:1")
	if err != nil {
		t.Fatal(err)
	}
	p.built(t, "FROM scratch; ONBUILD COPY --from=late a /", func(o *Options) { o.Tags = []image.Name{name} })
	for dockerfile, want := range map[string]string{
		"FROM scratch AS x; COPY --from=late a /; FROM scratch AS late; COPY a /; FROM x":                            "",
		"FROM scratch AS late; COPY a /; FROM asks:1":                                                                "",
		"FROM asks:1 AS x; FROM scratch AS late; COPY a /; FROM x":                                                   "",
		"FROM scratch AS late; COPY nothing /; FROM scratch AS late; COPY a /; FROM scratch; COPY --from=late a /":   "",
		"FROM scratch AS x; COPY --from=2 a /; FROM scratch AS y; COPY --from=0 a /; FROM y AS z; COPY --from=y a /": "Dockerfile:4: stage x needs this one",
		"FROM scratch AS x; COPY --from=y a /; FROM x AS y":                                                          "Dockerfile:2: stage y needs this one",
		"FROM scratch; COPY --from=0 a /":                                                                            "Dockerfile:2: stage stage-0 cannot take files from itself",
		"FROM asks:1 AS x; FROM x AS late":                                                                           `Dockerfile:1: stage late needs this one`,
	} {
		made, err := p.build(t, dockerfile)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%q: got %v, want %q", dockerfile, err, want)
		case want == "" && files(t, p.tree(t, made)) != "a":
			t.Errorf("%q: got %q", dockerfile, files(t, p.tree(t, made)))
		}
	}
}
