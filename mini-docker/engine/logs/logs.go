// Package logs reads what the shim has kept of a container's output: files of
// Docker's format "json-file", an object a line.
//
//	err := logs.Read(ctx, logs.Log{Folder: dir, Name: id + "-json.log"}, logs.Options{Tail: -1},
//		func(line logs.Line) error { ... })
//
// A container that writes fast renames its files while they are read (NAME becomes
// NAME.1 and so on, and the oldest goes), it may be removed meanwhile, and its shim
// may be killed in the middle of a line: what is there is read, in order, and
// once. The package writes nothing.
package logs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Line is a line of output, or the piece of one that is longer than 16 KB.
type Line struct {
	Text   string    `json:"log"`
	Stream string    `json:"stream"` // stdout or stderr
	Time   time.Time `json:"time"`
}

// Log says where it lies.
type Log struct {
	Folder, Name string

	// Ended says whether nothing more will be written.
	Ended func() bool
}

// Options says what is wanted of it.
type Options struct {
	Tail         int       // so many lines from the end; all if negative
	Since, Until time.Time // zero: no bound
	Follow       bool      // go on until the container has ended
}

// Read calls emit for each line. An error of emit's ends it and is returned.
func Read(ctx context.Context, log Log, o Options, emit func(Line) error) error {
	r := &reader{log: log, options: o, emit: emit}
	defer r.close()
	var changes *changes
	if o.Follow {
		var err error
		// Before anything is read, so that nothing happens unseen in between.
		if changes, err = watch(log.Folder); err != nil {
			return err
		}
		defer changes.close()
	}
	if err := r.readPast(ctx); err != nil || !o.Follow || r.isPast {
		return err
	}
	for {
		// In this order: what was written before the end is read after it.
		ended := log.Ended()
		if err := r.readOn(); err != nil || ended || r.isPast {
			return err
		}
		if err := changes.wait(ctx); err != nil {
			return err
		}
	}
}

// reader reads one file after the other.
type reader struct {
	log     Log
	options Options
	emit    func(Line) error

	file    *os.File
	input   *bufio.Reader
	partial []byte // a line whose end is not there yet
	isPast  bool   // what comes is later than wanted
}

func (r *reader) close() {
	if r.file != nil {
		r.file.Close()
	}
}

// readPast reads what is there, from the oldest file on; of a tail, only the end
// is passed on.
func (r *reader) readPast(ctx context.Context) error {
	if r.options.Tail < 0 {
		return r.readOn()
	}
	emit := r.emit
	defer func() { r.emit = emit }()
	var last []Line // a ring
	next := 0
	r.emit = func(line Line) error {
		switch {
		case len(last) < r.options.Tail:
			last = append(last, line)
		case len(last) > 0:
			last[next] = line
			next = (next + 1) % len(last)
		}
		return ctx.Err()
	}
	if err := r.readOn(); err != nil {
		return err
	}
	for i := range last {
		if err := emit(last[(next+i)%len(last)]); err != nil {
			return err
		}
	}
	return nil
}

// readOn reads on to the end of the youngest file.
func (r *reader) readOn() error {
	for !r.isPast {
		if r.file != nil {
			if err := r.readFile(); err != nil {
				return err
			}
		}
		name, err := r.next()
		if err != nil || name == "" {
			return err
		}
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed just now
		}
		if err != nil {
			return err
		}
		if r.file != nil {
			// It may have grown between the last look and its renaming.
			err := r.readFile()
			r.file.Close()
			if err != nil {
				file.Close()
				return err
			}
		}
		r.file, r.input, r.partial = file, bufio.NewReaderSize(file, 64<<10), nil
	}
	return nil
}

// next names the file that comes after the one that is being read: the oldest if
// it is none, or one that is gone; "" if it is the youngest.
func (r *reader) next() (name string, err error) {
	after := ""
	for n := 0; ; n++ {
		name := filepath.Join(r.log.Folder, r.log.Name)
		if n > 0 {
			name = fmt.Sprintf("%s.%d", name, n)
		}
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			if n == 0 {
				continue // NAME is not there for an instant while it is renamed
			}
			return after, nil
		}
		if err != nil {
			return "", err
		}
		if r.file != nil {
			if own, err := r.file.Stat(); err == nil && os.SameFile(own, info) {
				return after, nil
			}
		}
		after = name
	}
}

// readFile reads to the end of the file.
func (r *reader) readFile() error {
	for !r.isPast {
		piece, err := r.input.ReadSlice('\n')
		r.partial = append(r.partial, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the container's log: %w", err)
		}
		err = r.line(r.partial)
		r.partial = r.partial[:0]
		if err != nil {
			return err
		}
	}
	return nil
}

// line passes a line on, if it is wanted. One that is damaged is left out: a power
// cut, or a full disk, leaves such.
func (r *reader) line(text []byte) error {
	var line Line
	if json.Unmarshal(bytes.Trim(text, "\x00"), &line) != nil {
		return nil
	}
	if !r.options.Until.IsZero() && line.Time.After(r.options.Until) {
		r.isPast = true
		return nil
	}
	if line.Time.Before(r.options.Since) {
		return nil
	}
	return r.emit(line)
}
