// Package writes reads what was written to a disk, write by write, and makes the
// disk as it is left when the power goes after any of them:
//
//	log, err := writes.Open(file)
//	err = log.Apply(disk, 0, log.Flushed(n), always)        // what is surely there
//	err = log.Apply(disk, log.Flushed(n), n, perhaps)       // what may be
//
// The log is in the form of the kernel's device-mapper target log-writes, which
// QEMU's driver blklogwrites writes too (kernel documentation,
// admin-guide/device-mapper/log-writes.rst):
//
//	a sector with the head of the log: magic, version, number of entries, sector size
//	for each entry a sector with its head, then what was written, whole sectors
//
// A disk keeps what it is given in a memory of its own until it is told to flush it.
// What was given after the last flush may be lost, any of it and the rest not.
package writes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What the heads hold, in little-endian order (the kernel's
// drivers/md/dm-log-writes.c).
type (
	head struct {
		Magic, Version, Entries uint64
		SectorSize              uint32
	}
	entryHead struct{ Sector, Sectors, Flags, DataLength uint64 }
)

const (
	magic   = 0x6a736677736872
	version = 1

	flagFlush   = 1 << 0 // all that came before is on the disk
	flagFUA     = 1 << 1 // this is, as soon as it is acknowledged
	flagDiscard = 1 << 2 // what stands there is of no use any more; there is no data
)

// Log is what was written to a disk.
type Log struct {
	from       io.ReaderAt
	sectorSize int64
	entries    []entry
}

// entry is one write.
type entry struct {
	at, length int64 // bytes of the disk
	data       int64 // where in the log it stands
	flags      uint64
}

// Open reads the heads of all entries.
func Open(from io.ReaderAt) (*Log, error) {
	var h head
	if err := readAt(from, 0, &h); err != nil {
		return nil, fmt.Errorf("reading the head of a log of writes: %w", err)
	}
	if h.Magic != magic || h.Version != version {
		return nil, errors.New("this is no log of writes")
	}
	log := &Log{from: from, sectorSize: int64(h.SectorSize)}
	place := log.sectorSize
	for number := range h.Entries {
		var e entryHead
		if err := readAt(from, place, &e); err != nil {
			return nil, fmt.Errorf("reading entry %d of a log of writes: %w", number, err)
		}
		place += log.sectorSize
		new := entry{int64(e.Sector) * log.sectorSize, int64(e.Sectors) * log.sectorSize, place, e.Flags}
		log.entries = append(log.entries, new)
		if e.Flags&flagDiscard == 0 {
			place += new.length
		}
	}
	return log, nil
}

func readAt(from io.ReaderAt, place int64, into any) error {
	return binary.Read(io.NewSectionReader(from, place, int64(binary.Size(into))), binary.LittleEndian, into)
}

// Len is the number of entries.
func (l *Log) Len() int { return len(l.entries) }

// Flushed is how many of the first n entries are surely on the disk after them.
func (l *Log) Flushed(n int) int {
	for ; n > 0; n-- {
		if l.entries[n-1].flags&flagFlush != 0 {
			return n
		}
	}
	return 0
}

// Apply writes the entries from..to-1 to a disk, as far as keep says so. Those that
// need no flush are not asked for.
func (l *Log) Apply(disk io.WriterAt, from, to int, keep func() bool) error {
	for number, e := range l.entries[from:to] {
		if e.flags&flagDiscard != 0 || e.length == 0 || e.flags&flagFUA == 0 && !keep() {
			continue
		}
		data := make([]byte, e.length)
		if _, err := l.from.ReadAt(data, e.data); err != nil {
			return fmt.Errorf("reading entry %d of a log of writes: %w", from+number, err)
		}
		if _, err := disk.WriteAt(data, e.at); err != nil {
			return err
		}
	}
	return nil
}
