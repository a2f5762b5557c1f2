package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// runtimeLog is where an OCI runtime leaves its warnings and what went wrong, for
// the program that called it: a line each, in the forms of runc's (logrus). What
// went wrong is printed besides.
type runtimeLog struct {
	file   string // "" for none
	format string
}

func (l *runtimeLog) check() error {
	if l.format != "text" && l.format != "json" {
		return fmt.Errorf("invalid log-format: %s", l.format)
	}
	return nil
}

// write appends a line.
func (l *runtimeLog) write(level, text string) error {
	now := time.Now().Format(time.RFC3339)
	line := fmt.Appendf(nil, "time=%q level=%s msg=%q", now, level, text)
	if l.format == "json" {
		var err error
		if line, err = json.Marshal(map[string]string{"level": level, "msg": text, "time": now}); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(l.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(append(line, '\n'))
	return err
}

// warn tells of what did not go as asked and stops nothing.
func (c *cli) runtimeWarn(l *runtimeLog, text string) {
	if l.file == "" || l.write("warning", text) != nil {
		c.warn([]string{text})
	}
}

// logged has a command leave in the log what it fails with.
func (c *cli) logged(l *runtimeLog, cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := l.check()
		if err == nil {
			err = run(cmd, args)
		}
		if err == nil || l.file == "" {
			return err
		}
		if writeErr := l.write("error", err.Error()); writeErr != nil {
			fmt.Fprintln(c.stderr, "mini-docker: writing the log:", writeErr)
		}
		return err
	}
	return cmd
}
