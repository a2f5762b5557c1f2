package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A script that was renamed would not be missed otherwise.
func TestTheScriptsThatAKernelCanChangeExist(t *testing.T) {
	element := strings.Split(scriptsOf(kernelScripts), "/")[2]
	for _, name := range kernelScripts {
		if _, err := os.Stat("../" + name + ".txtar"); err != nil {
			t.Error(err)
		}
		if !regexp.MustCompile(element).MatchString(name) {
			t.Errorf("%s does not select %s", element, name)
		}
	}
	if regexp.MustCompile(element).MatchString("run_cpus_more") {
		t.Errorf("%s selects run_cpus_more", element)
	}
}
