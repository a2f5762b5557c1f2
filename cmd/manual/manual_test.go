package manual

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "ship", Short: "sail"}
	load := &cobra.Command{
		Use: "load CARGO", Short: "take something on board", Run: func(*cobra.Command, []string) {},
		Long: "Loads.\n.hidden files too, and C:\\x.\n\n    ship load --all",
	}
	load.Flags().BoolP("all", "a", false, "everything")
	load.Flags().Int("tons", 5, "at most `N`")
	load.Flags().Bool("secret", false, "")
	load.Flags().MarkHidden("secret")
	root.AddCommand(load, &cobra.Command{Use: "sink", Hidden: true, Run: load.Run})
	return root
}

func TestWriteMakesAPageForEachVisibleCommand(t *testing.T) {
	dir := t.TempDir() + "/man1"
	if n, err := Write(tree(), dir); err != nil || n != 2 {
		t.Errorf("got %d pages, %v", n, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Name() != "ship-load.1" || entries[1].Name() != "ship.1" {
		t.Errorf("got %v", entries)
	}
}

func TestPageEscapesWhatManWouldRead(t *testing.T) {
	load, _, err := tree().Find([]string{"load"})
	if err != nil {
		t.Fatal(err)
	}
	page := Page(load)
	for _, want := range []string{
		".TH SHIP-LOAD 1", "ship\\-load \\- take something on board", ".B ship load CARGO [flags]",
		"\n\\&.hidden files too, and C:\\ex.\n", "\n.nf\n    ship load \\-\\-all\n.fi\n",
		".B \\-a, \\-\\-all\neverything\n", ".B \\-\\-tons N\nat most N (default 5)\n", ".BR ship (1)\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "secret") {
		t.Error("a hidden flag is on the page")
	}
}
