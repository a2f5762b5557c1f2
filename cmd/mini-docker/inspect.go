package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
)

func (c *cli) inspectCommand() *cobra.Command {
	var format, kind string
	cmd := &cobra.Command{
		Use:   "inspect [OPTIONS] NAME|ID [NAME|ID...]",
		Short: "Return low-level information on containers, images and volumes",
		Args:  atLeast(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.inspect(cmd, args, format, kind) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	cmd.Flags().StringVar(&kind, "type", "", "Only inspect objects of the given type (container, image, volume)")
	addUnsupported(cmd.Flags(), "size,s", "")
	return cmd
}

// inspect prints all that is known of the things named: a JSON array, or each
// through a template. What is not found is told after the rest is printed.
func (c *cli) inspect(cmd *cobra.Command, args []string, format, kind string) error {
	if kind != "" && kind != "container" && kind != "image" && kind != "volume" {
		return fmt.Errorf("%q is not a valid value for --type: there are container, image and volume", kind)
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	found := []any{}
	var missing error
	for _, name := range args {
		object, err := lookUp(cmd, e, name, kind)
		if err != nil {
			missing = errors.Join(missing, err)
			continue
		}
		found = append(found, object)
	}
	return errors.Join(printObjects(c.stdout, found, format), missing)
}

// lookUp finds the container, or else the image, or else the volume of the name.
func lookUp(cmd *cobra.Command, e *engine.Engine, name, kind string) (any, error) {
	if kind == "volume" {
		return e.Volumes().Find(name)
	}
	if kind != "image" {
		found, err := e.Find(cmd.Context(), name)
		if !errors.Is(err, container.ErrNotExist) || kind != "" {
			return found, err
		}
	}
	store, err := e.Images(cmd.Context())
	if err != nil {
		return nil, err
	}
	found, err := store.Get(name)
	switch {
	case err == nil:
		layers, err := store.Layers(cmd.Context(), found)
		return describeImage(found, layers), err
	case kind == "" && (errors.Is(err, image.ErrNotFound) || errors.Is(err, image.ErrInvalidName)):
		if found, err := e.Volumes().Find(name); err == nil {
			return found, nil
		}
		return nil, fmt.Errorf("No such object: %s", name)
	}
	return nil, err
}

// imageObject is an image as `inspect` prints it, with Docker's field names.
type imageObject struct {
	ID           string `json:"Id"`
	RepoTags     []string
	RepoDigests  []string
	Created      string
	Author       string
	Config       v1.Config
	Architecture string
	Variant      string `json:",omitempty"`
	OS           string `json:"Os"`
	Size         int64
	GraphDriver  container.GraphDriver
	RootFS       rootFS
}

type rootFS struct {
	Type   string
	Layers []string
}

func describeImage(i *image.Image, layers []string) imageObject {
	object := imageObject{
		ID: i.ID.String(), RepoTags: []string{}, RepoDigests: []string{},
		Created: i.Created.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"), Author: i.Config.Author,
		Config: i.Config.Config, Architecture: i.Config.Architecture, Variant: i.Config.Variant,
		OS: i.Config.OS, Size: i.Size,
		GraphDriver: container.GraphDriver{Name: "overlay", Data: map[string]string{"LowerDir": strings.Join(layers, ":")}},
		RootFS:      rootFS{Type: i.Config.RootFS.Type},
	}
	for _, each := range i.Names {
		object.RepoTags = append(object.RepoTags, each)
		if name, err := image.ParseName(each); err == nil {
			object.RepoDigests = append(object.RepoDigests, name.FamiliarRepository()+"@"+i.Digest.String())
		}
	}
	for _, each := range i.Config.RootFS.DiffIDs {
		object.RootFS.Layers = append(object.RootFS.Layers, each.String())
	}
	return object
}

// printObjects prints what was found.
func printObjects(out interface{ Write([]byte) (int, error) }, objects []any, format string) error {
	if format == "" {
		text, err := toIndentedJSON(objects)
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	}
	if format == "json" {
		format = "{{json .}}"
	}
	parsed, err := parseTemplate(format)
	if err != nil {
		return err
	}
	for _, object := range objects {
		var text bytes.Buffer
		// A label that is not there has no value. That is no error, but for a field.
		if err := parsed.Option("missingkey=default").Execute(&text, object); err != nil {
			// A field may be meant by its JSON name, as in {{.Id}}.
			raw, rawErr := asMap(object)
			text.Reset()
			if rawErr != nil || parsed.Option("missingkey=error").Execute(&text, raw) != nil {
				return templateError(err)
			}
		}
		text.WriteByte('\n')
		if _, err := out.Write(text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func toIndentedJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(value)
	return text.Bytes(), err
}

// asMap returns an object with the names and values it has in JSON. Numbers keep
// their digits.
func asMap(object any) (map[string]any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var raw map[string]any
	return raw, decoder.Decode(&raw)
}
