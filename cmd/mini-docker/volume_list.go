package main

import (
	"slices"

	"drydock/mini-docker/engine/filter"
	"drydock/mini-docker/volume"

	"github.com/spf13/cobra"
)

func (c *cli) volumeLsCommand() *cobra.Command {
	var format string
	var quiet bool
	var filters []string
	cmd := &cobra.Command{
		Use:     "ls [OPTIONS]",
		Aliases: []string{"list"},
		Short:   "List volumes",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			e, err := c.open()
			if err != nil {
				return err
			}
			takes, err := filter.Volumes(filters)
			if err != nil {
				return err
			}
			list, err := e.Volumes().List()
			if err != nil {
				return err
			}
			users, err := e.VolumeUsers()
			if err != nil {
				return err
			}
			list = slices.DeleteFunc(list, func(v *volume.Volume) bool { return !takes(v, users[v.Name]) })
			if quiet && format == "" {
				format = "{{.Name}}"
			}
			return listing{volumeHeaders, volumeColumns, format}.print(c.stdout, volumeRows(list))
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Only display volume names")
	cmd.Flags().StringArrayVarP(&filters, "filter", "f", nil, `Provide filter values (e.g. "dangling=true")`)
	addUnsupported(cmd.Flags(), "cluster", "")
	return cmd
}

const volumeColumns = `{{.Driver}}\t{{.Name}}`

var volumeHeaders = row{
	"Driver": "DRIVER", "Name": "VOLUME NAME", "Scope": "SCOPE", "Mountpoint": "MOUNTPOINT", "Labels": labelsHeading,
	"Links": "LINKS", "Size": "SIZE", "Availability": "AVAILABILITY", "Group": "GROUP", "Status": "STATUS",
}

func volumeRows(list []*volume.Volume) []row {
	var rows []row
	for _, v := range list {
		rows = append(rows, row{
			"Driver": v.Driver, "Name": v.Name, "Scope": v.Scope, "Mountpoint": v.Mountpoint,
			"Links": "N/A", "Size": "N/A", "Availability": "N/A", "Group": "N/A", "Status": "N/A",
		}.withLabels(v.Labels))
	}
	return rows
}
