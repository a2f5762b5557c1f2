package sandbox

import (
	"bytes"
	"fmt"
	"sync"
)

// lastWords keeps what init says on its standard error, which it has to itself:
// the trace of a panic, if anything. Whoever is root inside can write there too,
// so there is an end to it.
type lastWords struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// mostWords is more than a trace that helps.
const mostWords = 16 << 10

func (l *lastWords) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b[:min(len(b), mostWords-l.text.Len())])
	return len(b), nil
}

// withLastWords adds to an error what init said before it ended.
func (p *initProcess) withLastWords(err error) error {
	select {
	case <-p.done:
	default:
		return err
	}
	p.lastWords.mu.Lock()
	defer p.lastWords.mu.Unlock()
	if p.lastWords.text.Len() == 0 {
		return err
	}
	return fmt.Errorf("%w; its first process said %q", err, p.lastWords.text.String())
}
