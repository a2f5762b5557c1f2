// Command program stands for drydock in sandboxes that nobody types in: it runs the
// scripts of checks and is the services of fix labs (package service), and nothing
// beside it. The package above carries it; there is nothing to be typed.
package main

import (
	"context"
	"fmt"
	"os"

	"drydock/labs/fault/service"
	"drydock/testscripts"
)

func main() {
	service.MaybeServe()
	if len(os.Args) != 2 || os.Args[1] != testscripts.Verb {
		fmt.Fprintln(os.Stderr, "this program runs the scripts of checks: drydock itself is not in this sandbox")
		os.Exit(2)
	}
	if err := testscripts.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
