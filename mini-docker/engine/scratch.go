package engine

import "drydock/mini-docker/engine/scratch"

// Scratch makes a folder that ends with this process, and that others do not see. It
// lies in memory where the machine has a file system for that.
func (e *Engine) Scratch(prefix string) (*scratch.Scratch, error) { return scratch.New(e.run, prefix) }

// SweepScratch removes the folders of processes that have died.
func (e *Engine) SweepScratch(prefix string) error {
	return scratch.Sweep(e.run, prefix, func(string) error { return nil })
}
