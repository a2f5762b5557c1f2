// Command gen takes the schemas of mini-k8s' kinds from a release of Kubernetes
// and writes them where they are embedded. It asks the module proxy for that
// release, some 40 MB; nothing else needs it.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"
	"drydock/mini-k8s/api/schema"

	kschema "k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	release = "k8s.io/kubernetes@v1.37.2"
	output  = "mini-k8s/api/schema/schema.json.gz"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate() error {
	folder, err := download()
	if err != nil {
		return err
	}
	table := api.NewTable(kinds.All()...)
	all := schema.Definitions{}
	for _, version := range table.Versions() {
		if err := read(all, folder, version); err != nil {
			return err
		}
	}
	wanted := all.Closure(func(kind kschema.GroupVersionKind) bool { return table.FindKind(kind) != nil })
	text, err := json.Marshal(wanted) // sorted by name
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Printf("%d definitions, %d bytes, packed %d\n", len(wanted), len(text), packed.Len())
	return os.WriteFile(output, packed.Bytes(), 0o644)
}

// download returns the folder of the release.
func download() (string, error) {
	command := exec.Command("go", "mod", "download", "-json", release)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("downloading %s: %w", release, err)
	}
	var module struct{ Dir string }
	return module.Dir, json.Unmarshal(text, &module)
}

// read adds the definitions that Kubernetes publishes for a group-version.
func read(all schema.Definitions, folder string, version kschema.GroupVersion) error {
	name := "api__v1_openapi.json"
	if version.Group != "" {
		name = "apis__" + strings.ReplaceAll(version.String(), "/", "__") + "_openapi.json"
	}
	text, err := os.ReadFile(filepath.Join(folder, "api", "openapi-spec", "v3", name))
	if err != nil {
		return err
	}
	var document struct {
		Components struct{ Schemas schema.Definitions }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	for name, definition := range document.Components.Schemas {
		var compact bytes.Buffer
		if err := json.Compact(&compact, definition); err != nil {
			return err
		}
		all[name] = compact.Bytes()
	}
	return nil
}
