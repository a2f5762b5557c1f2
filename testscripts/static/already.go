//go:build !cgo

package static

// Become has nothing to do: without cgo every program is static.
func Become() {}
