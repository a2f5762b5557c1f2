// Package manual writes manual pages, in the language of man(7), from a tree of
// cobra commands: the same words that --help prints. cobra's own generator goes
// through markdown, and would link a parser of that into a program which starts
// containers.
//
//	err := manual.Write(root, dir) // dir/drydock.1, dir/drydock-start.1, …
package manual

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Write writes a page for a command and for each below it, hidden ones left out,
// and returns how many.
func Write(cmd *cobra.Command, dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("making the folder of manual pages: %w", err)
	}
	file := filepath.Join(dir, name(cmd)+".1")
	if err := os.WriteFile(file, []byte(Page(cmd)), 0o644); err != nil {
		return 0, fmt.Errorf("writing a manual page: %w", err)
	}
	written := 1
	for _, below := range shown(cmd) {
		more, err := Write(below, dir)
		if err != nil {
			return written, err
		}
		written += more
	}
	return written, nil
}

// name is what a page is called: git-style, `man drydock-start`.
func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// shown are the commands below one that have a page.
func shown(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, below := range cmd.Commands() {
		if !below.Hidden && below.Name() != "help" && below.Deprecated == "" {
			all = append(all, below)
		}
	}
	return all
}

// Page returns the manual page of one command. There is no date in it: the same
// program gives the same bytes.
func Page(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"\" \"%s manual\"\n", strings.ToUpper(name(cmd)), escape(cmd.Root().Name()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", escape(name(cmd)), escape(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", escape(cmd.UseLine()))
	if cmd.Long != "" {
		b.WriteString(".SH DESCRIPTION\n")
		paragraphs(&b, cmd.Long)
	}
	if below := shown(cmd); len(below) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, c := range below {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", escape(name(c)), line(c.Short))
		}
	}
	options(&b, "OPTIONS", cmd.NonInheritedFlags())
	options(&b, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", escape(strings.Trim(cmd.Example, "\n")))
	}
	if cmd.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", escape(name(cmd.Parent())))
	}
	return b.String()
}

// paragraphs writes text; lines that are indented stay as they are.
func paragraphs(b *strings.Builder, text string) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		if strings.HasPrefix(lines[0], " ") {
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", lined(lines))
			continue
		}
		fmt.Fprintf(b, ".PP\n%s\n", lined(lines))
	}
}

func lined(lines []string) string {
	for i, l := range lines {
		lines[i] = line(l)
	}
	return strings.Join(lines, "\n")
}

// options writes the flags of a set, each with its default.
func options(b *strings.Builder, title string, flags *pflag.FlagSet) {
	headed := false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if !headed {
			fmt.Fprintf(b, ".SH %s\n", title)
			headed = true
		}
		value, usage := pflag.UnquoteUsage(f)
		form := "--" + f.Name
		if f.Shorthand != "" {
			form = "-" + f.Shorthand + ", " + form
		}
		if value != "" {
			form += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", escape(form), line(usage))
	})
}

// escape keeps text from being read as requests: a backslash begins an escape,
// and a plain - would be printed as a hyphen that nobody can paste.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, "\n", " ", "…", "...").Replace(s)
}

// line is text that stands at the beginning of a line, where . and ' begin a
// request.
func line(s string) string {
	s = escape(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}
