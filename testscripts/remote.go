package testscripts

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

//go:embed *.txtar
var embedded embed.FS

// A Loader returns the script with a name, which has no .txtar at its end.
type Loader func(name string) (Script, error)

// Load is the Loader of the scripts that are built into this program.
func Load(name string) (Script, error) { return LoadFrom(embedded)(name) }

// LoadFrom returns the Loader of a directory of scripts.
func LoadFrom(dir fs.FS) Loader {
	return func(name string) (Script, error) {
		text, err := fs.ReadFile(dir, name+".txtar")
		if err != nil {
			return Script{}, fmt.Errorf("no script testscripts/%s.txtar", name)
		}
		return Script{Name: name, Text: string(text)}, nil
	}
}

// Names returns the names of all scripts, sorted.
func Names() ([]string, error) {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(path.Base(e.Name()), ".txtar"))
	}
	return names, nil
}

// A script has to run inside of the sandbox it looks at. Outside stands
// RunRemote, inside a process that calls Serve; between them goes
//
//	outside                          inside
//	   ── request, JSON, then EOF ──▶  Serve's in
//	   ◀── Report, JSON, then EOF ───  Serve's out
type request struct {
	Script  Script  `json:"script"`
	Options Options `json:"options"`
}

// Verb is what asks a program that can do other things for Serve.
const Verb = "internal-script"

// serveTime is more than any script takes.
const serveTime = 10 * time.Minute

// Serve runs the one script that it reads from in and writes its report. It ends
// after ten minutes: whoever asked may be dead and unable to say so.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, serveTime)
	defer cancel()
	var r request
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return fmt.Errorf("reading the script to run: %w", err)
	}
	report, err := Run(ctx, r.Script, r.Options)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

// Start runs a program that calls Serve, with the two files as its standard
// input and output, and returns when it has ended.
type Start func(ctx context.Context, in, out *os.File) error

// RunRemote runs a script through a program that calls Serve elsewhere.
func RunRemote(ctx context.Context, start Start, s Script, o Options) (Report, error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return Report{}, err
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		inRead.Close()
		inWrite.Close()
		return Report{}, err
	}
	defer outRead.Close()
	ended := make(chan error, 1)
	go func() {
		err := start(ctx, inRead, outWrite)
		inRead.Close()
		outWrite.Close()
		ended <- err
	}()
	sent := make(chan error, 1)
	go func() {
		defer inWrite.Close()
		sent <- json.NewEncoder(inWrite).Encode(request{s, o})
	}()
	var r Report
	err = json.NewDecoder(outRead).Decode(&r)
	// How the program ended explains more than what it failed to read or say.
	sendErr := <-sent
	if ended := <-ended; ended != nil {
		return Report{}, fmt.Errorf("running script %s: %w", s.Name, ended)
	}
	if sendErr != nil {
		return Report{}, fmt.Errorf("sending script %s: %w", s.Name, sendErr)
	}
	if err != nil {
		return Report{}, fmt.Errorf("reading the report of script %s: %w", s.Name, err)
	}
	return r, nil
}
