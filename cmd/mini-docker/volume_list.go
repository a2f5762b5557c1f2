package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
			keep, err := volumeFilters(filters, "name", "driver", "label", "dangling")
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
			list = slices.DeleteFunc(list, func(v *volume.Volume) bool { return !keep(v, users[v.Name]) })
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
	"Driver": "DRIVER", "Name": "VOLUME NAME", "Scope": "SCOPE", "Mountpoint": "MOUNTPOINT", "Labels": "LABELS",
	"Links": "LINKS", "Size": "SIZE", "Availability": "AVAILABILITY", "Group": "GROUP", "Status": "STATUS",
}

func volumeRows(list []*volume.Volume) []row {
	var rows []row
	for _, v := range list {
		var labels []string
		for _, key := range slices.Sorted(maps.Keys(v.Labels)) {
			labels = append(labels, key+"="+v.Labels[key])
		}
		rows = append(rows, row{
			"Driver": v.Driver, "Name": v.Name, "Scope": v.Scope, "Mountpoint": v.Mountpoint, "Labels": strings.Join(labels, ","),
			"Links": "N/A", "Size": "N/A", "Availability": "N/A", "Group": "N/A", "Status": "N/A",
		})
	}
	return rows
}

// volumeFilter says whether a volume, that some containers use, is wanted.
type volumeFilter func(v *volume.Volume, users []string) bool

// volumeFilters reads --filter. Of names and drivers one must be met, of labels all.
func volumeFilters(filters []string, known ...string) (volumeFilter, error) {
	wanted := map[string][]string{}
	for _, filter := range filters {
		key, value, isPair := strings.Cut(filter, "=")
		if !slices.Contains(known, key) {
			return nil, fmt.Errorf("invalid filter '%s': there are %s", key, strings.Join(known, ", "))
		}
		if !isPair {
			return nil, fmt.Errorf("invalid argument %q for filter: name=value expected", filter)
		}
		if _, err := strconv.ParseBool(value); err != nil && (key == "dangling" || key == "all") {
			return nil, fmt.Errorf("invalid filter '%s'", filter)
		}
		wanted[key] = append(wanted[key], value)
	}
	return func(v *volume.Volume, users []string) bool {
		for key, values := range wanted {
			met := 0
			for _, value := range values {
				if meetsFilter(v, users, key, value) {
					met++
				}
			}
			if met == 0 || strings.HasPrefix(key, "label") && met < len(values) {
				return false
			}
		}
		return true
	}, nil
}

func meetsFilter(v *volume.Volume, users []string, key, value string) bool {
	switch key {
	case "name":
		return strings.Contains(v.Name, value)
	case "driver":
		return v.Driver == value
	case "dangling":
		wanted, _ := strconv.ParseBool(value)
		return wanted == (len(users) == 0)
	case "label", "label!":
		label, content, isPair := strings.Cut(value, "=")
		has, there := v.Labels[label]
		return (there && (!isPair || has == content)) == (key == "label")
	}
	return true // all: see prune
}

// isSet says whether a filter that is a switch is on.
func isSet(filters []string, key string) bool {
	return slices.ContainsFunc(filters, func(filter string) bool {
		name, value, _ := strings.Cut(filter, "=")
		on, _ := strconv.ParseBool(value)
		return name == key && on
	})
}
