// Command kubectl is the real one, built from the modules that Kubernetes
// publishes: the judge of mini-k8s. It is a module of its own, so that what it
// links stays out of the product.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err) // words it and exits
	}
}
