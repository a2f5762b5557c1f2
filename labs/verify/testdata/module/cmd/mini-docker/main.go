// Command mini-docker stands in for the engine: it greets.
package main

import (
	"fmt"
	"os"

	"drydock/greeting"
)

func main() { fmt.Println(greeting.Of(os.Args[1:])) }
