package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filter"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

type psOptions struct {
	all, quiet, noTrunc, latest bool
	last                        int
	filters                     []string
	format                      string
}

func (c *cli) psCommand() *cobra.Command {
	var o psOptions
	cmd := &cobra.Command{
		Use:   "ps [OPTIONS]",
		Short: "List containers",
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.ps(cmd, o) },

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.all, "all", "a", false, "Show all containers (default shows just running)")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "Only display container IDs")
	flags.BoolVar(&o.noTrunc, "no-trunc", false, "Don't truncate output")
	flags.BoolVarP(&o.latest, "latest", "l", false, "Show the latest created container (includes all states)")
	flags.IntVarP(&o.last, "last", "n", -1, "Show n last created containers (includes all states)")
	flags.StringArrayVarP(&o.filters, "filter", "f", nil, "Filter output based on conditions provided (status, name, id, label)")
	flags.StringVar(&o.format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	addUnsupported(flags, "size,s", "")
	return cmd
}

// ps prints the containers.
func (c *cli) ps(cmd *cobra.Command, o psOptions) error {
	filtered, err := filter.Containers(o.filters)
	if err != nil {
		return err
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	containers, err := e.List(cmd.Context())
	if err != nil {
		return err
	}
	if o.latest {
		o.last = 1
	}
	showAll := o.all || filtered.ByStatus() || o.last >= 0
	var rows []row
	for _, each := range containers {
		if !showAll && !each.State.Running || !filtered.Takes(each) {
			continue
		}
		if len(rows) == o.last {
			break
		}
		rows = append(rows, containerRow(each, time.Now(), o.noTrunc))
	}
	if o.quiet {
		return listing{format: "{{.ID}}"}.print(c.stdout, rows)
	}
	return listing{containerHeaders(), containerColumns, o.format}.print(c.stdout, rows)
}

const containerColumns = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

func containerHeaders() row {
	return row{
		"ID": "CONTAINER ID", "Image": "IMAGE", "Command": "COMMAND", "CreatedAt": "CREATED AT",
		"RunningFor": "CREATED", "Status": "STATUS", "State": "STATE", "Ports": "PORTS", "Names": "NAMES",
		"Labels": labelsHeading, "Networks": "NETWORKS",
	}
}

// containerRow words what is known of a container as `docker ps` does.
func containerRow(c *container.Container, now time.Time, noTrunc bool) row {
	id, command := container.ShortID(c.ID), strconv.Quote(ellipsis(c.Command(), 20))
	if noTrunc {
		id, command = c.ID, strconv.Quote(c.Command())
	}
	return row{
		"ID": id, "Image": c.Config.Image, "Command": command,
		"CreatedAt":  c.Created.Local().Format("2006-01-02 15:04:05 -0700 MST"),
		"RunningFor": units.HumanDuration(now.Sub(c.Created)) + " ago",
		"Status":     status(c.State, now), "State": string(c.State.Status), "Ports": c.PortsColumn(),
		"Names":    c.PlainName(),
		"Networks": strings.Join(slices.Sorted(maps.Keys(c.NetworkSettings.Networks)), ","),
	}.withLabels(c.Config.Labels)
}

// status tells how long a container has been as it is.
func status(s container.State, now time.Time) string {
	switch s.Status {
	case container.Running:
		return "Up " + units.HumanDuration(now.Sub(s.StartedAt))
	case container.Paused:
		return "Up " + units.HumanDuration(now.Sub(s.StartedAt)) + " (Paused)"
	case container.Exited:
		return fmt.Sprintf("Exited (%d) %s ago", s.ExitCode, units.HumanDuration(now.Sub(s.FinishedAt)))
	case container.Dead:
		return "Dead"
	}
	return "Created"
}
