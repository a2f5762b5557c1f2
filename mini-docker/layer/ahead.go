package layer

import (
	"io"
	"sync"
)

// ahead reads a stream in a goroutine of its own, a few buffers ahead of its
// reader: one core uncompresses while another hashes and writes.
type ahead struct {
	src     io.ReadCloser
	full    chan chunk
	free    chan []byte
	stop    chan struct{}
	reading sync.WaitGroup

	now  chunk  // being handed out
	rest []byte // of it
}

// chunk is what one read gave.
type chunk struct {
	buffer []byte
	n      int
	err    error
}

const (
	aheadBuffers = 4
	aheadSize    = 256 << 10
)

// readAhead must not be given what may wait for somebody, such as a pipe: Close
// waits until the read that is under way has ended.
func readAhead(src io.ReadCloser) io.ReadCloser {
	a := &ahead{src: src, full: make(chan chunk, aheadBuffers), free: make(chan []byte, aheadBuffers), stop: make(chan struct{})}
	for range aheadBuffers {
		a.free <- make([]byte, aheadSize)
	}
	a.reading.Go(a.read)
	return a
}

func (a *ahead) read() {
	for {
		select {
		case buffer := <-a.free:
			n, err := fillBuffer(a.src, buffer)
			a.full <- chunk{buffer, n, err} // never waits: there is room for all buffers
			if err != nil {
				return
			}
		case <-a.stop:
			return
		}
	}
}

// fillBuffer reads until a buffer is full or the stream ends, in its own words:
// io.ReadFull's would hide that a stream was cut.
func fillBuffer(r io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = r.Read(buffer[n:])
		n += more
	}
	return n, err
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.buffer != nil {
			a.free <- a.now.buffer
		}
		a.now = <-a.full
		a.rest = a.now.buffer[:a.now.n]
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

func (a *ahead) Close() error {
	close(a.stop)
	a.reading.Wait()
	return a.src.Close()
}
