package testscripts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// A Script is a txtar script and the name it goes by in messages.
type Script struct {
	Name string `json:"name"` // without .txtar
	Text string `json:"text"`
}

// Options say how to run a script.
type Options struct {
	Env     []string      `json:"env,omitempty"`     // KEY=VALUE, over those of this process
	Timeout time.Duration `json:"timeout,omitempty"` // for the whole script; 0 means none but that of ctx
	Update  bool          `json:"update,omitempty"`  // make the script's files what `cmp` compared with them
	// Patient has every waitfor wait up to the common deadline, whatever it says:
	// who knows that a fact comes loses nothing by it, on the slowest machine. A
	// learner whose answer is wrong is told sooner.
	Patient bool `json:"patient,omitempty"`
}

// A Report is what came of a script.
type Report struct {
	Script  string  `json:"script"`
	Checks  []Check `json:"checks"`
	Skipped string  `json:"skipped,omitempty"` // the reason, where the script skipped itself
	Broken  string  `json:"broken,omitempty"`  // a fault of the script, not of what it checks
	Log     string  `json:"log,omitempty"`     // everything that was run and printed
	Updated string  `json:"updated,omitempty"` // with Options.Update: the new text, where it changed
}

// Passed reports whether every block of the script held.
func (r Report) Passed() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return false
		}
	}
	return len(r.Checks) > 0 && r.Broken == "" && r.Skipped == ""
}

// A Check is one block of a script.
type Check struct {
	Title    string `json:"title"`
	OK       bool   `json:"ok"`
	Reached  bool   `json:"reached"` // false for the blocks after a failed one
	Looked   string `json:"looked,omitempty"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected,omitempty"`
	Meaning  string `json:"meaning,omitempty"` // of a failure, in the script's own words
}

// Run runs a script in this process's namespaces. The error is for what
// prevents a verdict, not for a verdict of "no".
func Run(ctx context.Context, s Script, o Options) (Report, error) {
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	dir, err := os.MkdirTemp("", "testscript")
	if err != nil {
		return Report{}, fmt.Errorf("making a directory for script %s: %w", s.Name, err)
	}
	defer os.RemoveAll(dir)
	archive := txtar.Parse([]byte(s.Text))
	comment := archive.Comment
	archive.Comment = append(markBlocks(comment), "\nend\n"...)
	path := filepath.Join(dir, s.Name+".txtar")
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		return Report{}, err
	}

	rec := &recorder{script: s.Name}
	c := newCommands(ctx, rec, o.Patient)
	params := testscript.Params{
		Files:         []string{path},
		Cmds:          c.table(),
		Condition:     condition,
		UpdateScripts: o.Update,
		Setup:         func(env *testscript.Env) error { return environment(env, o.Env) },
	}
	if deadline, ok := ctx.Deadline(); ok {
		params.Deadline = deadline
	}
	t := &collector{}
	t.Run(s.Name, func(t testscript.T) { testscript.RunT(t, params) })
	report := rec.report(t, strings.ReplaceAll(t.log.String(), dir+"/", ""))
	if n := len(report.Checks); t.failed && n > 0 && outOfTime(ctx, report.Checks[n-1].Found) {
		report.Checks[n-1].Found = fmt.Sprintf("it had not ended after %s, which is all the time that a check has: does something wait, or go round, for ever?", o.Timeout)
	}
	report.Checks = append(report.Checks, unreached(comment, len(report.Checks))...)
	if o.Update {
		report.Updated, err = updated(path, comment, s.Text)
	}
	return report, err
}

// outOfTime says whether a script failed because its time was over: testscript ends
// a program a moment before, to have time to say so.
func outOfTime(ctx context.Context, found string) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || strings.Contains(found, "test timed out while running command")
}

// environment gives the script the variables of a login inside the sandbox,
// where testscript itself would have it see no home at all.
func environment(env *testscript.Env, more []string) error {
	for _, name := range []string{"HOME", "KUBECONFIG", "MINI_DOCKER_ROOT", "TERM", "XDG_RUNTIME_DIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env.Setenv(name, v)
		}
	}
	for _, kv := range more {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			return fmt.Errorf("environment %q has no =", kv)
		}
		env.Setenv(name, value)
	}
	return nil
}

// markBlocks turns each comment that opens a block into the command `block`,
// which testscript, unlike a comment, tells us of. The number of lines stays,
// so that messages name the right one.
func markBlocks(comment []byte) []byte {
	var out bytes.Buffer
	after := false
	for line := range bytes.Lines(comment) {
		title, isComment := strings.CutPrefix(string(line), "#")
		switch title = strings.TrimSpace(title); {
		case !isComment:
			out.Write(line)
		case after || title == "":
			out.WriteString("\n")
		default:
			fmt.Fprintf(&out, "block '%s'\n", strings.ReplaceAll(title, "'", "''"))
		}
		after = isComment
	}
	return out.Bytes()
}

// Unreached is the report of a script that was not run.
func Unreached(s Script) Report {
	return Report{Script: s.Name, Checks: unreached(txtar.Parse([]byte(s.Text)).Comment, 0)}
}

// titles returns the titles of a script's blocks.
func titles(comment []byte) []string {
	var all []string
	for line := range strings.Lines(string(markBlocks(comment))) {
		if title, ok := strings.CutPrefix(line, "block '"); ok {
			title = strings.TrimSuffix(strings.TrimSpace(title), "'")
			all = append(all, strings.ReplaceAll(title, "''", "'"))
		}
	}
	return all
}

// unreached returns the checks of the blocks after the first n.
func unreached(comment []byte, n int) []Check {
	var rest []Check
	for i, title := range titles(comment) {
		if i >= n {
			rest = append(rest, Check{Title: title})
		}
	}
	return rest
}

// updated returns the script with the files that testscript rewrote and its
// own comment, or "" when nothing changed.
func updated(path string, comment []byte, text string) (string, error) {
	rewritten, err := txtar.ParseFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the updated script: %w", err)
	}
	rewritten.Comment = comment
	if now := string(txtar.Format(rewritten)); now != text {
		return now, nil
	}
	return "", nil
}
