package applet

import (
	"strconv"
	"strings"
)

// Bytes reads a size such as 50m, 4K, 1G or 512: with a letter for the power
// of 1024.
func Bytes(text string) (int64, bool) {
	lower := strings.TrimSuffix(strings.ToLower(text), "b")
	shift := 0
	if n := len(lower); n > 0 {
		if at := strings.IndexByte("kmgt", lower[n-1]); at >= 0 {
			shift, lower = 10*(at+1), lower[:n-1]
		}
	}
	n, err := strconv.ParseInt(lower, 10, 64)
	if err != nil || n < 0 || n > 1<<(62-shift) {
		return 0, false
	}
	return n << shift, true
}
