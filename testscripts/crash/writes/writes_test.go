package writes

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// disk is one in memory.
type disk []byte

func (d disk) WriteAt(p []byte, at int64) (int, error) { return copy(d[at:], p), nil }

const sectorSize = 64

// log is a log whose writes fill a sector each with their number, from 1.
func log(t *testing.T, entries ...entryHead) *Log {
	t.Helper()
	var b bytes.Buffer
	sector := func(of any) {
		start := b.Len()
		if err := binary.Write(&b, binary.LittleEndian, of); err != nil {
			t.Fatal(err)
		}
		b.Write(make([]byte, sectorSize-(b.Len()-start)))
	}
	sector(head{magic, version, uint64(len(entries)), sectorSize})
	for i, e := range entries {
		sector(e)
		if e.Flags&flagDiscard == 0 {
			b.Write(bytes.Repeat([]byte{byte(i + 1)}, int(e.Sectors)*sectorSize))
		}
	}
	opened, err := Open(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func always() bool { return true }
func never() bool  { return false }

func TestOnlyWhatWasFlushedIsSurelyThere(t *testing.T) {
	l := log(t, entryHead{Sector: 0, Sectors: 1}, entryHead{Flags: flagFlush}, entryHead{Sector: 1, Sectors: 1},
		entryHead{Sector: 2, Sectors: 1, Flags: flagFUA}, entryHead{Sector: 0, Sectors: 3, Flags: flagDiscard}, entryHead{Sector: 3, Sectors: 1})
	for n, want := range []int{0, 0, 2, 2, 2, 2, 2} {
		if got := l.Flushed(n); got != want {
			t.Errorf("of %d entries %d are surely there, want %d", n, got, want)
		}
	}
	for name, test := range map[string]struct {
		keep func() bool
		want []byte
	}{"kept": {always, []byte{1, 3, 4, 6}}, "lost": {never, []byte{1, 0, 4, 0}}} {
		d := make(disk, 4*sectorSize)
		if err := l.Apply(d, 0, l.Flushed(l.Len()), always); err != nil {
			t.Fatal(err)
		}
		if err := l.Apply(d, l.Flushed(l.Len()), l.Len(), test.keep); err != nil {
			t.Fatal(err)
		}
		for sector, want := range test.want {
			if got := d[sector*sectorSize]; got != want {
				t.Errorf("%s: sector %d is of write %d, want %d", name, sector, got, want)
			}
		}
	}
}

func TestWhatIsNoLogIsRefused(t *testing.T) {
	for name, text := range map[string][]byte{"empty": nil, "zeros": make([]byte, 4096)} {
		if l, err := Open(bytes.NewReader(text)); err == nil {
			t.Errorf("%s: got a log of %d entries", name, l.Len())
		}
	}
}
