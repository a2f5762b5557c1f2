package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"time"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/terminal"
	"drydock/mini-docker/engine/usage"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type statsOptions struct {
	all, noStream, noTrunc bool
	format                 string
}

func (c *cli) statsCommand() *cobra.Command {
	var o statsOptions
	cmd := &cobra.Command{
		Use:   "stats [OPTIONS] [CONTAINER...]",
		Short: "Display a live stream of container(s) resource usage statistics",
		RunE:  func(cmd *cobra.Command, args []string) error { return c.stats(cmd, o, args) },

		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.all, "all", "a", false, "Show all containers (default shows just running)")
	flags.BoolVar(&o.noStream, "no-stream", false, "Disable streaming stats and only pull the first result")
	flags.BoolVar(&o.noTrunc, "no-trunc", false, "Do not truncate output")
	flags.StringVar(&o.format, "format", "", "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'")
	return cmd
}

// statsInterval is the time over which CPU use is measured, and after which the
// screen is drawn anew.
const statsInterval = time.Second

// stats prints what containers use, once or until it is interrupted.
func (c *cli) stats(cmd *cobra.Command, o statsOptions, args []string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	m, err := c.newMeter(ctx, o, args)
	if err != nil {
		return err
	}
	screen := terminal.IsTerminal(c.stdout) && !o.noStream
	for {
		rows, err := m.measure(ctx)
		if ctx.Err() != nil {
			return &statusError{128 + int(unix.SIGINT), nil}
		}
		if err != nil {
			return err
		}
		var columns uint16
		if terminal.IsTerminal(c.stdout) {
			_, columns, _ = terminal.Size(c.stdout) // unknown: 0, any number
		}
		shown, err := listing{statsHeaders(), statsColumns, o.format}.fitted(rows, int(columns))
		if err != nil {
			return err
		}
		if screen {
			shown = redraw(shown)
		}
		if _, err := c.stdout.WriteString(shown); err != nil || o.noStream {
			return err
		}
	}
}

// redraw makes a screen of a text: from the top left corner, each line cleared
// to its end, and all below it. The cursor is left behind the text, where a
// shell's prompt belongs. See console_codes(4).
func redraw(text string) string {
	return "\x1b[H" + strings.ReplaceAll(text, "\n", "\x1b[K\n") + "\x1b[J"
}

// meter measures containers again and again.
type meter struct {
	engine *engine.Engine
	names  []string // those asked for; all when empty
	o      statsOptions
	before map[string]usage.Usage // by container
}

// newMeter makes sure that the containers exist that are asked for, and begins
// to measure.
func (c *cli) newMeter(ctx context.Context, o statsOptions, names []string) (*meter, error) {
	e, err := c.open()
	if err != nil {
		return nil, err
	}
	m := &meter{engine: e, names: names, o: o, before: map[string]usage.Usage{}}
	containers, err := m.containers(ctx)
	if err != nil {
		return nil, err
	}
	for _, each := range containers {
		if used, err := e.Usage(each); err == nil {
			m.before[each.ID] = used
		}
	}
	return m, nil
}

func (m *meter) containers(ctx context.Context) ([]*container.Container, error) {
	var chosen []*container.Container
	if len(m.names) > 0 {
		for _, name := range m.names {
			container, err := m.engine.Find(ctx, name)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, container)
		}
		return chosen, nil
	}
	all, err := m.engine.List(ctx)
	for _, each := range all {
		if each.State.Running || m.o.all {
			chosen = append(chosen, each)
		}
	}
	return chosen, err
}

// measure returns the rows after an interval.
func (m *meter) measure(ctx context.Context) ([]row, error) {
	select {
	case <-time.After(statsInterval):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	containers, err := m.containers(ctx)
	if err != nil {
		if errors.Is(err, container.ErrNotExist) && !m.o.noStream {
			return nil, nil // removed while it was being watched
		}
		return nil, err
	}
	var rows []row
	for _, each := range containers {
		used, err := m.engine.Usage(each)
		row := statsRow(each, m.o.noTrunc)
		switch {
		case !each.State.Running:
			row.fill(usage.Usage{}, usage.Usage{})
		case err == nil:
			row.fill(used, m.before[each.ID])
			m.before[each.ID] = used
		}
		rows = append(rows, row)
	}
	return rows, nil
}

const statsColumns = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"

func statsHeaders() row {
	return row{
		"Container": "CONTAINER", "ID": "CONTAINER ID", "Name": "NAME", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT",
		"MemPerc": "MEM %", "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS",
	}
}

// statsRow is the row of a container that cannot be measured.
func statsRow(c *container.Container, noTrunc bool) row {
	id := container.ShortID(c.ID)
	if noTrunc {
		id = c.ID
	}
	return row{
		"Container": id, "ID": id, "Name": c.PlainName(), "CPUPerc": "--", "MemUsage": "-- / --",
		"MemPerc": "--", "NetIO": "--", "BlockIO": "--", "PIDs": "--",
	}
}

// fill words what was measured as `docker stats` does.
func (r row) fill(now, before usage.Usage) {
	cpu, memory := 0.0, 0.0
	if !before.At.IsZero() {
		cpu = now.CPUPercent(before)
	}
	if now.MemoryLimitBytes > 0 {
		memory = 100 * float64(now.MemoryBytes) / float64(now.MemoryLimitBytes)
	}
	bytes := func(n uint64) string { return units.BytesSize(float64(n)) }
	short := func(n uint64) string { return units.HumanSizeWithPrecision(float64(n), 3) }
	r["CPUPerc"] = fmt.Sprintf("%.2f%%", cpu)
	r["MemUsage"] = bytes(now.MemoryBytes) + " / " + bytes(now.MemoryLimitBytes)
	r["MemPerc"] = fmt.Sprintf("%.2f%%", memory)
	r["NetIO"] = short(now.ReceivedBytes) + " / " + short(now.SentBytes)
	r["BlockIO"] = short(now.ReadBytes) + " / " + short(now.WrittenBytes)
	r["PIDs"] = fmt.Sprint(now.Processes)
}
