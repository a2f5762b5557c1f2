package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is what this program calls itself.
const version = "0.1.0"

// versionObject is what --format sees.
type versionObject struct {
	Version, GoVersion, GitCommit, BuildTime, Os, Arch string
}

func (c *cli) versionCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version [OPTIONS]",
		Short: "Show the version information",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			object := thisVersion()
			if format != "" {
				return printObjects(c.stdout, []any{object}, format)
			}
			_, err := fmt.Fprintf(c.stdout, "mini-docker:\n Version:      %s\n Go version:   %s\n"+
				" Git commit:   %s\n Built:        %s\n OS/Arch:      %s/%s\n",
				object.Version, object.GoVersion, object.GitCommit, object.BuildTime, object.Os, object.Arch)
			return err
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	return cmd
}

// thisVersion reads what the Go command has written into the program.
func thisVersion() versionObject {
	object := versionObject{
		Version: version, GoVersion: runtime.Version(), GitCommit: "unknown", BuildTime: "unknown",
		Os: runtime.GOOS, Arch: runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return object
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			object.GitCommit = setting.Value[:min(7, len(setting.Value))]
		case "vcs.time":
			object.BuildTime = setting.Value
		}
	}
	return object
}
