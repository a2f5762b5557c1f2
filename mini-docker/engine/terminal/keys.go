package terminal

import (
	"errors"
	"fmt"
	"strings"
)

// DefaultKeys are what a person types to leave a container without ending it.
const DefaultKeys = "ctrl-p,ctrl-q"

// ParseKeys reads a sequence of keys as Docker writes it: single characters, or
// ctrl- and a letter or one of @ [ \ ] ^ _, with commas between. The result is the
// bytes that a terminal sends.
func ParseKeys(text string) ([]byte, error) {
	if text == "" {
		text = DefaultKeys
	}
	var keys []byte
	for each := range strings.SplitSeq(text, ",") {
		key, isControl := strings.CutPrefix(each, "ctrl-")
		switch {
		case len(key) != 1:
			return nil, fmt.Errorf("invalid detach keys (%s): Unknown character: '%s'", text, each)
		case !isControl:
			keys = append(keys, key[0])
		case key[0] >= 'a' && key[0] <= 'z' || key[0] >= '@' && key[0] <= '_' && (key[0] < 'A' || key[0] > 'Z'):
			keys = append(keys, key[0]&0x1f)
		default:
			return nil, fmt.Errorf("invalid detach keys (%s): Unknown character: '%s'", text, each)
		}
	}
	return keys, nil
}

// ErrDetached says that the keys were typed.
var ErrDetached = errors.New("detached by its keys")

// Detachable watches what is typed for keys. When they have been typed one after
// the other, detached is closed and nothing more is passed on.
func Detachable(peer Peer, keys []byte, detached chan<- struct{}) Peer {
	return &detachable{Peer: peer, keys: keys, detached: detached}
}

type detachable struct {
	Peer
	keys     []byte
	typed    int // how many of them, so far: they are held back
	detached chan<- struct{}
}

// Write implements Peer.
func (d *detachable) Write(text []byte) (int, error) {
	passed := make([]byte, 0, len(text)+d.typed)
	for _, each := range text {
		if each != d.keys[d.typed] {
			passed = append(passed, d.keys[:d.typed]...) // it was not meant
			d.typed = 0
		}
		if each == d.keys[d.typed] {
			d.typed++
		} else {
			passed = append(passed, each)
		}
		if d.typed == len(d.keys) {
			close(d.detached)
			d.Peer.Write(passed)
			return 0, ErrDetached
		}
	}
	if len(passed) > 0 {
		if _, err := d.Peer.Write(passed); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}
