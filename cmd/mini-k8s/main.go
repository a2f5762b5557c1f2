// Command mini-k8s is an orchestrator from scratch that speaks the Kubernetes
// API. Each component is a command of its own, with the flags that a person
// would give it by hand; this package holds flags, printing, exit codes and
// wiring, what a component does stands in mini-k8s/.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"drydock/mini-k8s/cluster"
	"drydock/mini-k8s/kubelet/minidocker"

	"github.com/spf13/cobra"
)

func main() {
	cluster.MaybeBecome()
	minidocker.MaybeBecome() // this program is also what containers begin and end as
	collectSeldom()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit := exitError(0)
	switch err := command().ExecuteContext(ctx); {
	case errors.As(err, &exit):
		os.Exit(int(exit))
	case err != nil:
		fmt.Fprintf(os.Stderr, "mini-k8s: %v\n", err)
		os.Exit(1)
	}
}

// collectSeldom has garbage collected when it is four times what is in use, not
// twice. A component keeps some ten megabytes, and makes as much again with each
// hundred objects that pass through it: collecting that took a third of the time
// in which 300 replicas are scheduled. GOGC says otherwise, as in any program.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

// command builds the tree of commands.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "mini-k8s COMMAND",
		Short: "An orchestrator from scratch",

		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.AddCommand(apiserverCommand(), schedulerCommand(), controllersCommand(), kubeletCommand(), hollowCommand(), kubectlCommand(), explainCommand())
	root.AddCommand(clusterCommands()...)
	root.SetOut(os.Stdout)
	return root
}
