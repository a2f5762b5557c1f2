package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// containers are one that runs and one that has ended.
func containers() []*container.Container {
	return []*container.Container{
		{ID: strings.Repeat("ab12", 16), Created: noon.Add(-90 * time.Second), Path: "sleep", Args: []string{"a very long time indeed"},
			Name: "/runs", State: container.State{Status: container.Running, Running: true, StartedAt: noon.Add(-time.Hour)},
			Config: container.Config{Image: "mini/box", Labels: map[string]string{"b": "2", "a": "1"}}},
		{ID: strings.Repeat("cd34", 16), Created: noon.Add(-3 * time.Hour), Path: "true", Name: "/ended",
			State:  container.State{Status: container.Exited, ExitCode: 137, FinishedAt: noon.Add(-5 * time.Second)},
			Config: container.Config{Image: "mini/box:latest"}},
	}
}

func printed(t *testing.T, format string, noTrunc bool) string {
	t.Helper()
	var rows []row
	for _, each := range containers() {
		rows = append(rows, containerRow(each, noon, noTrunc))
	}
	var out strings.Builder
	if err := (listing{containerHeaders(), containerColumns, format}).print(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestColumnsOfPs(t *testing.T) {
	want := `CONTAINER ID   IMAGE             COMMAND                  CREATED              STATUS                       PORTS     NAMES
ab12ab12ab12   mini/box          "sleep a very long t…"   About a minute ago   Up About an hour                       runs
cd34cd34cd34   mini/box:latest   "true"                   3 hours ago          Exited (137) 5 seconds ago             ended
`
	if got := printed(t, "", false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := printed(t, "", true); !strings.Contains(got, strings.Repeat("ab12", 16)) || !strings.Contains(got, `"sleep a very long time indeed"`) {
		t.Errorf("--no-trunc: got\n%s", got)
	}
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"{{.Names}}":                              "runs\nended\n",
		`{{.ID}}\t{{.State}}`:                     "ab12ab12ab12\trunning\ncd34cd34cd34\texited\n",
		`table {{.Names}}\t{{.Status}}`:           "NAMES     STATUS\nruns      Up About an hour\nended     Exited (137) 5 seconds ago\n",
		"{{upper .Names}} {{json .Labels}}":       "RUNS \"a=1,b=2\"\nENDED \"\"\n",
		`{{join (split .Image "/") "+"}}`:         "mini+box\nmini+box:latest\n",
		"{{truncate .Names 3}}|{{pad \"x\" 1 2}}": "run| x  \nend| x  \n",
	} {
		if got := printed(t, format, false); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
	if got := printed(t, "json", false); !strings.Contains(got, `"Names":"runs"`) || strings.Count(got, "\n") != 2 {
		t.Errorf("json: got %q", got)
	}
	for _, format := range []string{"{{.Nope}}", "{{.ID", "{{nope .ID}}"} {
		if err := (listing{containerHeaders(), containerColumns, format}).print(new(strings.Builder), []row{{}}); err == nil {
			t.Errorf("%s: got no error", format)
		}
	}
}

func TestInspectTemplates(t *testing.T) {
	for format, want := range map[string]string{
		"{{.State.ExitCode}} {{.Name}}": "137 /ended\n",
		"{{.ID}}":                       strings.Repeat("cd34", 16) + "\n",
		"{{.Id}}":                       strings.Repeat("cd34", 16) + "\n", // the name it has in JSON
		"{{json .Config.Image}}":        "\"mini/box:latest\"\n",
		"{{json .Args}}":                "null\n",
		"{{.Config.Labels.nope}}":       "<no value>\n",
	} {
		var out strings.Builder
		if err := printObjects(&out, []any{containers()[1]}, format); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v; want %q", format, out.String(), err, want)
		}
	}
	if err := printObjects(new(strings.Builder), []any{containers()[1]}, "{{.Nope}}"); err == nil {
		t.Error("a field that is not there: got no error")
	}
}

// What began in the future has lasted for no time, and nothing is told in negatives.
func TestTimesOfTheFutureAreTold(t *testing.T) {
	later, hash := noon.AddDate(1, 0, 0), v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("ab12", 16)}
	c := containers()[0]
	c.Created, c.State.StartedAt, c.State.FinishedAt = later, later, later
	for _, each := range []row{
		containerRow(c, noon, false),
		imageRows(&image.Image{ID: hash, Digest: hash, Created: later, Names: []string{"x:1"}}, noon, false)[0],
	} {
		if text := fmt.Sprint(each); strings.Contains(text, " -") || strings.Contains(text, ":-") {
			t.Errorf("got %s", text)
		}
	}
}

func TestRowsOfImages(t *testing.T) {
	hash := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("ab12", 16)}
	rows := imageRows(&image.Image{ID: hash, Digest: hash, Size: 3_970_000, Created: noon.Add(-72 * time.Hour),
		Names: []string{"mini/box:latest", "mini/box:v1"}}, noon, false)
	if len(rows) != 2 || rows[1]["Tag"] != "v1" || rows[0]["ID"] != "ab12ab12ab12" || rows[0]["Size"] != "3.97MB" ||
		rows[0]["CreatedSince"] != "3 days ago" {
		t.Errorf("got %v", rows)
	}
	for name, want := range map[string]bool{"mini/box": true, "mini/box:latest": true, "mini/box:v1": false, "other": false} {
		if got := rows[0].isNamed(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	nameless := imageRows(&image.Image{ID: hash, Digest: hash}, noon, true)
	if nameless[0]["Repository"] != "<none>" || nameless[0]["Tag"] != "<none>" || nameless[0]["ID"] != hash.String() {
		t.Errorf("an image without a name: got %v", nameless)
	}
}
