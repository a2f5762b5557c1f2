package wire

import (
	"reflect"
	"testing"
)

func TestARequestComesThroughAsItWas(t *testing.T) {
	sent := Request{
		Flags: 0x7c020000, UIDs: []IDs{{0, 1000, 1}, {1, 100000, 65536}}, GIDs: []IDs{{0, 1000, 1}},
		Setgroups: true, KeepGroups: true, Path: "/proc/self/fd/5", Args: []string{"init", "", "with space"},
		Env: []string{"GOMAXPROCS=1"}, Files: 6, Joins: 2, Into: 1, There: 3, Back: 3, Input: 1, Output: 2,
		InputOnce: true, StarterTypes: true, Log: Log{MaxBytes: 1 << 20, MaxFiles: 2},
	}
	var got Request
	if !got.Decode(sent.Encode()) || !reflect.DeepEqual(got, sent) {
		t.Errorf("got %+v, want %+v", got, sent)
	}
	if n := got.Descriptors(); n != 18 {
		t.Errorf("got %d descriptors, want 18", n)
	}
}

func TestAFrameComesThroughAsItWas(t *testing.T) {
	frame := Append(nil, Err, []byte("text"))
	if kind, length, ok := Header(frame); kind != Err || length != 4 || !ok || string(frame[HeaderBytes:]) != "text" {
		t.Errorf("got kind %d, length %d, %v", kind, length, ok)
	}
	result, ok := DecodeResult(Result{Number: 137, Errno: 12}.Encode())
	if !ok || result != (Result{137, 12}) {
		t.Errorf("got %+v, %v", result, ok)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, header := range []string{"", "short", "C\x00\x01\x00\x00\x00\x00\x00", "C\x00\x00\x00\xff\xff\xff\xff"} {
		if _, _, ok := Header([]byte(header)); ok {
			t.Errorf("%q passes for a header", header)
		}
	}
}

// FuzzDecode makes sure that no content makes the shim panic, or believe in more
// descriptors than can have come.
func FuzzDecode(f *testing.F) {
	good := (&Request{Path: "/x", Args: []string{"a"}, Files: 6}).Encode()
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		var r Request
		if r.Decode(content) && r.Descriptors() > 7*maxDescriptors {
			t.Errorf("%d descriptors", r.Descriptors())
		}
		DecodeResult(content)
	})
}
