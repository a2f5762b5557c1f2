package terminal

import (
	"io"
	"os"
)

// Feed passes on what a person types, or what is piped in, to a container that has
// no terminal.
type Feed struct{ copies *copies }

// StartFeed begins. Where the input ends, whenDone is closed.
func StartFeed(to io.Writer, from *os.File, whenDone io.Closer) (*Feed, error) {
	copies, err := newCopies()
	if err != nil {
		return nil, err
	}
	copies.feed(to, from, whenDone)
	return &Feed{copies}, nil
}

// Close lets go of the input, although there may be more: that is for whoever
// reads next.
func (f *Feed) Close() error { return f.copies.finish() }
