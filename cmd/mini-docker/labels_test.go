package main

import (
	"strings"
	"testing"
)

func TestATemplateAsksForOneLabel(t *testing.T) {
	things := []row{
		row{"Name": "one"}.withLabels(map[string]string{"tier": "front,<end>", "org.example.build-date": "today"}),
		row{"Name": "two"}.withLabels(nil),
	}
	headers := row{"Name": "NAME", "Labels": labelsHeading}
	for format, want := range map[string]string{
		`{{.Name}}:{{.Label "tier"}}`:                          "one:front,<end>\ntwo:\n",
		`table {{.Name}}\t{{.Label "org.example.build-date"}}`: "NAME      build date\none       today\ntwo       \n",
		`{{.Labels}}`:  "org.example.build-date=today,tier=front,<end>\n\n",
		`{{json .}}`:   `{"Labels":"org.example.build-date=today,tier=front,<end>","Name":"one"}` + "\n" + `{"Labels":"","Name":"two"}` + "\n",
		`{{.Label 1}}`: "",
	} {
		var out strings.Builder
		err := listing{headers: headers, format: format}.print(&out, things)
		if out.String() != want || (err != nil) != (want == "") {
			t.Errorf("%s: got %q, %v; want %q", format, out.String(), err, want)
		}
	}
}
