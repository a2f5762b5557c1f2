package drawing

import (
	"strings"
	"testing"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

func aspects() []see.Aspect {
	return []see.Aspect{
		{What: "user", Both: 1},
		{What: "bounding set", A: []string{"SYS_ADMIN", "\x1b[31mred"}, Both: 14},
		{What: "limits of the process", A: []string{"1"}, B: []string{"2"}},
		{What: "mounts", A: []string{"/proc/sys proc (its /sys) ro nosuid nodev noexec"}, B: []string{"/a/very/long/path/without/a/blank/in/it/anywhere/at/all tmpfs"}},
	}
}

func compared(t *testing.T, all []see.Aspect, o Options) string {
	t.Helper()
	var out strings.Builder
	if err := Compare(&out, [2]string{"gate (12)", "yard (34)"}, all, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatDiffersStandsSideBySide(t *testing.T) {
	want := `               only gate (12)                  only yard (34)
bounding set   SYS_ADMIN                       –
               ?[31mred
limits of the  1                               2
 process
mounts         /proc/sys proc (its /sys) ro    /a/very/long/path/without/a/bl…
                nosuid nodev noexec             tmpfs
Alike: user.
`
	if got := compared(t, aspects(), Options{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for width := minWidth; width < 200; width++ {
		for line := range strings.Lines(compared(t, aspects(), Options{Width: width})) {
			if w := xansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Fatalf("at %d columns: a line of %d: %s", width, w, line)
			}
		}
	}
}

func TestWhatDiffersIsSaid(t *testing.T) {
	got := compared(t, aspects()[:2], Options{Plain: true})
	if want := "bounding set, only gate (12): SYS_ADMIN; ?[31mred.\nAlike: user.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := compared(t, aspects()[:1], Options{}); !strings.HasPrefix(got, "Nothing that is compared differs between gate (12) and yard (34).") {
		t.Errorf("got %q, want that nothing differs", got)
	}
}
