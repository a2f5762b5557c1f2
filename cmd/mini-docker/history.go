package main

import (
	"context"
	"strings"
	"time"

	"drydock/mini-docker/image"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

type historyOptions struct {
	quiet, noTrunc, human bool
	format                string
}

func (c *cli) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history [OPTIONS] IMAGE",
		Short: "Show the history of an image",
		Args:  between(1, 1),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.history(cmd.Context(), args[0], o) }),

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "Only show image IDs")
	flags.BoolVar(&o.noTrunc, "no-trunc", false, "Don't truncate output")
	flags.BoolVarP(&o.human, "human", "H", true, "Print sizes and dates in human readable format")
	flags.StringVar(&o.format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	addUnsupported(flags, "", "platform")
	return cmd
}

// history prints the steps that made an image, the last one first. Only the whole
// has an ID: the steps before are not images that anybody kept.
func (c *cli) history(ctx context.Context, name string, o historyOptions) error {
	store, err := c.images(ctx)
	if err != nil {
		return err
	}
	found, err := store.Get(name)
	if err != nil {
		return err
	}
	sizes, err := store.LayerSizes(ctx, found)
	if err != nil {
		return err
	}
	headers := row{"ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY", "Size": "SIZE", "Comment": "COMMENT"}
	created := "{{.CreatedSince}}"
	if !o.human {
		created = "{{.CreatedAt}}"
	}
	rows := historyRows(found, sizes, o)
	if o.quiet {
		return listing{format: "{{.ID}}"}.print(c.stdout, rows)
	}
	return listing{headers, "{{.ID}}\t" + created + "\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", o.format}.print(c.stdout, rows)
}

// historyRows pairs the steps with the layers that some of them made.
func historyRows(i *image.Image, sizes []int64, o historyOptions) []row {
	var rows []row
	for _, step := range i.History() {
		var size int64
		if !step.EmptyLayer && len(sizes) > 0 {
			size, sizes = sizes[0], sizes[1:]
		}
		by := strings.ReplaceAll(step.CreatedBy, "\t", " ")
		if !o.noTrunc {
			by = ellipsis(by, 45)
		}
		since := "N/A"
		if !step.Created.IsZero() {
			since = units.HumanDuration(time.Since(step.Created.Time)) + " ago"
		}
		rows = append([]row{{
			"ID": "<missing>", "CreatedBy": by, "Comment": step.Comment, "CreatedSince": since,
			"CreatedAt": step.Created.Format(time.RFC3339), "Size": sizeText(size, o.human),
		}}, rows...)
	}
	if len(rows) > 0 {
		rows[0]["ID"] = i.ShortID()
		if o.noTrunc {
			rows[0]["ID"] = i.ID.String()
		}
	}
	return rows
}
