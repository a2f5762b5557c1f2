package main

import (
	"context"
	"fmt"
	"os"
)

// A cutDisk is a second disk of the machine, of which every write is logged, so that
// tests can tell what is on it when the power goes at any of them: /dev/vdb, and the
// log as /dev/vdc. See package testscripts/crash/writes.
type cutDisk struct{ disk, log string }

// Sizes in bytes, of sparse files.
const (
	cutDiskSize = 256 << 20
	cutLogSize  = 8 << 30 // where writing stops
)

// make makes the disk, with a journal as people's disks have it.
func (d cutDisk) make(ctx context.Context) error {
	if _, err := output(ctx, ".", "mke2fs", "-q", "-F", "-t", "ext4", d.disk, fmt.Sprint(cutDiskSize>>10)+"k"); err != nil {
		return fmt.Errorf("making the disk that is cut off: %w", err)
	}
	log, err := os.Create(d.log)
	if err != nil {
		return err
	}
	defer log.Close()
	return log.Truncate(cutLogSize)
}

// arguments are QEMU's: the driver blklogwrites between the disk and its file
// (qemu-block-drivers(7), BlockdevOptionsBlklogwrites), and the log once more as a
// disk of its own. The machine reads it when nobody writes any more.
func (d cutDisk) arguments() []string {
	const file = "driver=file,locking=off,cache.no-flush=on,filename="
	return []string{
		"-blockdev", "node-name=cut-file," + file + d.disk,
		"-blockdev", "node-name=cut-log," + file + d.log,
		"-blockdev", "node-name=cut,driver=blklogwrites,file=cut-file,log=cut-log",
		"-device", "virtio-blk-pci,drive=cut",
		"-blockdev", "node-name=cut-read,read-only=on," + file + d.log,
		"-device", "virtio-blk-pci,drive=cut-read",
	}
}
