package main

import (
	"strings"
	"testing"
)

func TestStatsFitATerminal(t *testing.T) {
	rows := []row{{
		"ID": "0123456789ab", "Name": "kept", "CPUPerc": "0.00%", "MemUsage": "12.23MiB / 1.944GiB",
		"MemPerc": "38.22%", "NetIO": "1.05kB / 126B", "BlockIO": "0B / 0B", "PIDs": "8",
	}}
	l := listing{statsHeaders(), statsColumns, ""}
	var docker strings.Builder
	if err := l.print(&docker, rows); err != nil {
		t.Fatal(err)
	}
	for columns, same := range map[int]bool{0: true, 120: true, 80: false} {
		text, err := l.fitted(rows, columns)
		if err != nil {
			t.Fatal(err)
		}
		if same && text != docker.String() {
			t.Errorf("at %d columns: got\n%swant Docker's\n%s", columns, text, docker.String())
		}
		if !same && widest(text) > columns {
			t.Errorf("at %d columns: got %d in\n%s", columns, widest(text), text)
		}
		if got := strings.Fields(text); strings.Join(got, " ") != strings.Join(strings.Fields(docker.String()), " ") {
			t.Errorf("at %d columns: other cells than Docker's:\n%s", columns, text)
		}
	}
}
