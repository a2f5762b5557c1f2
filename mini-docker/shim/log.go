package main

import (
	"time"
	"unicode/utf8"

	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// log keeps what the container writes, in Docker's format: an object a line, as
// "json-file" has it:
//
//	{"log":"hello\n","stream":"stdout","time":"2006-01-02T15:04:05.999999999Z"}
//
// It is bounded: a file that is full is renamed, and the oldest goes. A disk that
// is full does not stop the container: what cannot be kept is counted, and said as
// soon as there is room.
type log struct {
	fd     int // -1: nothing is kept
	folder int // where it lies
	name   string
	limit  wire.Log

	size   uint64 // of the file, in whole lines
	lost   uint64 // bytes of output that found no room
	buffer []byte // the line that is being made
}

// longest is how much of a line without an end is kept as one, as Docker has it.
const longest = 16 << 10

// open begins to keep. A container that is started again goes on with its log.
func (l *log) open(folder int, id string, limit wire.Log) {
	l.folder, l.name, l.limit = folder, id+"-json.log", limit
	if limit.MaxBytes != 0 {
		l.openFile()
	}
}

func (l *log) openFile() {
	fd, err := unix.Openat(l.folder, l.name, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND|unix.O_CLOEXEC, 0o640)
	if err != nil {
		l.fd = -1
		return
	}
	var stat unix.Stat_t
	unix.Fstat(fd, &stat)
	l.fd, l.size = fd, uint64(stat.Size)
}

// add keeps what came: every line that is whole.
func (l *log) add(o *output, text []byte) {
	if l.limit.MaxBytes == 0 {
		return
	}
	for len(text) > 0 {
		n, isWhole := lineEnd(text)
		n = min(n, longest-len(o.line))
		isWhole = isWhole && text[n-1] == '\n'
		if !isWhole && len(o.line)+n < longest {
			o.line = append(o.line, text[:n]...)
			return
		}
		if len(o.line) == 0 {
			l.write(o.name, text[:n])
		} else {
			o.line = append(o.line, text[:n]...)
			l.write(o.name, o.line)
			o.line = o.line[:0]
		}
		text = text[n:]
	}
}

// lineEnd says where the first line of the text ends.
func lineEnd(text []byte) (n int, isWhole bool) {
	for i, each := range text {
		if each == '\n' {
			return i + 1, true
		}
	}
	return len(text), false
}

// end keeps what the stream ended with, although it is no whole line.
func (l *log) end(o *output) {
	if len(o.line) > 0 {
		l.write(o.name, o.line)
		o.line = nil
	}
}

// write adds a line to the file, and before it, if need be, that something is
// missing.
func (l *log) write(stream string, text []byte) {
	if l.lost > 0 {
		note := append(appendNumber([]byte("mini-docker: "), l.lost), " bytes of output were lost here: the disk was full\n"...)
		if !l.append("stderr", note) {
			l.lost += uint64(len(text))
			return
		}
		l.lost = 0
	}
	if !l.append(stream, text) {
		l.lost += uint64(len(text))
	}
}

// append writes a line whole, or not at all.
func (l *log) append(stream string, text []byte) (ok bool) {
	line := append(l.buffer[:0], `{"log":`...)
	line = appendJSON(line, text)
	line = append(line, `,"stream":"`...)
	line = append(line, stream...)
	line = append(line, `","time":"`...)
	line = time.Now().UTC().AppendFormat(line, time.RFC3339Nano)
	line = append(line, "\"}\n"...)
	l.buffer = line
	if l.fd == -1 || l.size > 0 && l.size+uint64(len(line)) > l.limit.MaxBytes {
		l.rotate()
	}
	if l.fd == -1 {
		return false
	}
	n, err := unix.Write(l.fd, line)
	if err != nil || n != len(line) {
		if n > 0 {
			unix.Ftruncate(l.fd, int64(l.size)) // half a line is none
		}
		return false
	}
	l.size += uint64(n)
	return true
}

// rotate begins a new file. The others are renamed: NAME to NAME.1, NAME.1 to
// NAME.2, and the last is overwritten.
func (l *log) rotate() {
	if l.fd != -1 {
		unix.Close(l.fd)
		for n := l.limit.MaxFiles; n > 1; n-- {
			unix.Renameat(l.folder, l.file(n-2), l.folder, l.file(n-1))
		}
		if l.limit.MaxFiles <= 1 {
			unix.Unlinkat(l.folder, l.name, 0)
		}
	}
	l.openFile()
}

// file is the name of the file that has been renamed so many times.
func (l *log) file(n uint64) string {
	if n == 0 {
		return l.name
	}
	return string(appendNumber([]byte(l.name+"."), n))
}

// appendJSON adds a text as a JSON string: as encoding/json does, which is left
// out for its size. What is not UTF-8 becomes U+FFFD, as in Docker's logs.
func appendJSON(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRune(text[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
	}
	return append(b, '"')
}

func appendNumber(text []byte, n uint64) []byte {
	if n >= 10 {
		text = appendNumber(text, n/10)
	}
	return append(text, byte('0'+n%10))
}
