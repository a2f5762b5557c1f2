package main

import (
	"fmt"
	"io"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/engine/logs"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func (c *cli) logsCommand() *cobra.Command {
	var o logs.Options
	var tail, since, until string
	var timestamps bool
	cmd := &cobra.Command{
		Use: "logs [OPTIONS] CONTAINER", Short: "Fetch the logs of a container", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.Tail = parseTail(tail)
			if o.Since, err = parseTime("since", since, time.Now()); err != nil {
				return err
			}
			if o.Until, err = parseTime("until", until, time.Now()); err != nil {
				return err
			}
			return c.logs(cmd, args[0], o, timestamps)
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.Follow, "follow", "f", false, "Follow log output")
	flags.StringVarP(&tail, "tail", "n", "all", "Number of lines to show from the end of the logs")
	flags.StringVar(&since, "since", "", "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)")
	flags.StringVar(&until, "until", "", "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)")
	flags.BoolVarP(&timestamps, "timestamps", "t", false, "Show timestamps")
	addUnsupported(flags, "details", "")
	return cmd
}

// logs prints what a container has written, each stream to ours of that name.
func (c *cli) logs(cmd *cobra.Command, name string, o logs.Options, timestamps bool) error {
	e, container, err := c.find(cmd, name)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	err = e.Logs(ctx, container, o, func(line logs.Line) error {
		out := io.Writer(c.stdout)
		if line.Stream == "stderr" {
			out = c.stderr
		}
		text := line.Text
		if timestamps {
			text = line.Time.UTC().Format("2006-01-02T15:04:05.000000000Z07:00") + " " + text
		}
		_, err := io.WriteString(out, text)
		return err
	})
	if ctx.Err() != nil && cmd.Context().Err() == nil {
		return nil // Ctrl-C is how following ends
	}
	return err
}

// parseTail reads a number of lines; anything else means all, as in Docker.
func parseTail(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return number
}

// parseTime reads a point in time: RFC 3339 with parts left out, seconds since
// 1970, or how long before now.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	nanoseconds, fractionErr := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil || fractionErr != nil {
		return time.Time{}, fmt.Errorf("invalid value for %q: failed to parse value as time or duration: %q", flag, text)
	}
	return time.Unix(seconds, nanoseconds), nil
}
