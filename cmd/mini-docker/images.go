package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/image"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

type imagesOptions struct {
	quiet, noTrunc, digests bool
	format                  string
	filters                 []string
}

func (c *cli) imagesCommand() *cobra.Command {
	var o imagesOptions
	cmd := &cobra.Command{
		Use:   "images [OPTIONS] [REPOSITORY[:TAG]]",
		Short: "List images",
		Args:  atMost(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.listImages(cmd, o, args) },

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolP("all", "a", false, "Show all images (there are no intermediate images to hide)")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "Only show image IDs")
	flags.BoolVar(&o.noTrunc, "no-trunc", false, "Don't truncate output")
	flags.BoolVar(&o.digests, "digests", false, "Show digests")
	flags.StringVar(&o.format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	flags.StringArrayVarP(&o.filters, "filter", "f", nil, "Filter output based on conditions: dangling, label, reference, before, since")
	addUnsupported(flags, "tree", "")
	return cmd
}

// listImages prints the images, a row for each name.
func (c *cli) listImages(cmd *cobra.Command, o imagesOptions, args []string) error {
	store, err := c.images(cmd.Context())
	if err != nil {
		return err
	}
	images, err := store.List()
	if err != nil {
		return err
	}
	filtered, err := filter.Images(o.filters, store.Get)
	if err != nil {
		return err
	}
	var rows []row
	seen := map[string]bool{}
	for _, each := range images {
		if each = filtered.Of(each); each == nil {
			continue
		}
		for _, row := range imageRows(each, time.Now(), o.noTrunc) {
			if (len(args) == 0 || row.isNamed(args[0])) && !(o.quiet && seen[row["ID"]]) {
				rows = append(rows, row)
				seen[row["ID"]] = true
			}
		}
	}
	if o.quiet {
		return listing{format: cmp.Or(o.format, "{{.ID}}")}.print(c.stdout, rows)
	}
	columns := "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
	if o.digests {
		columns = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
	}
	return listing{imageHeaders(), columns, o.format}.print(c.stdout, rows)
}

func imageHeaders() row {
	return row{
		"Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "ID": "IMAGE ID",
		"CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "Size": "SIZE",
	}
}

// imageRows words what is known of an image as `docker images` does. One that
// has lost its name has one row all the same.
func imageRows(i *image.Image, now time.Time, noTrunc bool) []row {
	const none = "<none>"
	id := i.ShortID()
	if noTrunc {
		id = i.ID.String()
	}
	names := i.Names
	if len(names) == 0 {
		names = []string{""}
	}
	var rows []row
	for _, each := range names {
		repository, tag := none, none
		if name, err := image.ParseName(each); err == nil {
			repository = name.FamiliarRepository()
			if name.Tag != "" {
				tag = name.Tag
			}
		}
		rows = append(rows, row{
			"Repository": repository, "Tag": tag, "Digest": i.Digest.String(), "ID": id,
			"CreatedSince": units.HumanDuration(now.Sub(i.Created)) + " ago",
			"CreatedAt":    i.Created.Local().Format("2006-01-02 15:04:05 -0700 MST"),
			"Size":         sizeText(i.Size, true),
		})
	}
	return rows
}

// isNamed says whether a row of images is the one asked for: a repository, with
// a tag or all of them.
func (r row) isNamed(name string) bool {
	parsed, err := image.ParseName(name)
	if err != nil || parsed.FamiliarRepository() != r["Repository"] {
		return false
	}
	hasTag := strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":")
	return !hasTag || parsed.Tag == r["Tag"]
}

// sizeText is a size for people, or in bytes.
func sizeText(size int64, human bool) string {
	if !human {
		return strconv.FormatInt(size, 10)
	}
	return units.HumanSizeWithPrecision(float64(size), 3)
}
