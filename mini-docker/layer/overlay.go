package layer

import (
	"fmt"
	"strings"
)

// OverlayOptions returns the options of an overlay mount (kernel documentation,
// overlayfs): lower are the unpacked layers, the top one first; upper receives
// what is written; work is an empty directory on upper's file system, where
// overlayfs prepares a file before it renames it into upper. With upper == "" the
// mount is read-only, and needs two lower directories at least.
//
// userXattr must be what the layers were unpacked with.
func OverlayOptions(lower []string, upper, work string, userXattr bool) []string {
	escaped := make([]string, len(lower))
	for i, dir := range lower {
		escaped[i] = lowerEscape.Replace(dir)
	}
	options := []string{"lowerdir=" + strings.Join(escaped, ":")}
	if upper != "" {
		options = append(options, "upperdir="+pathEscape.Replace(upper), "workdir="+pathEscape.Replace(work))
	}
	if userXattr {
		// Marks go to user.overlay.*, which needs no privilege. Such an overlay
		// never redirects.
		return append(options, "userxattr")
	}
	// Some kernels record the renaming of a directory instead of copying it. The
	// upper directory would then not be all that has changed, and no layer.
	return append(options, "redirect_dir=off")
}

// overlayfs splits its options at commas and lowerdir at colons; a backslash
// takes the meaning from the character after it.
var (
	pathEscape  = strings.NewReplacer(`\`, `\\`, `,`, `\,`)
	lowerEscape = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `:`, `\:`)
)

// MaxMountOptions is what mount(2) takes as its data argument: one page, with the
// zero byte that ends it. Layers lie in directories named by 64 digits, so some
// 40 of them fit. fsconfig(2) with the key lowerdir+ (Linux 6.8) takes them one
// by one and has no such limit.
const MaxMountOptions = 4096

// OptionsTooLongError reports layers whose names exceed MaxMountOptions.
type OptionsTooLongError struct{ Length int }

func (e *OptionsTooLongError) Error() string {
	return fmt.Sprintf("overlay options are %d bytes long, and mount(2) takes %d: the image has too many layers, or they lie too deep in the file system",
		e.Length, MaxMountOptions-1)
}

// CheckOptions returns an *OptionsTooLongError for options that mount(2) would
// cut off.
func CheckOptions(options []string) error {
	if n := len(strings.Join(options, ",")); n >= MaxMountOptions {
		return &OptionsTooLongError{Length: n}
	}
	return nil
}
