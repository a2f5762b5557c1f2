package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"text/tabwriter"
	"time"

	"drydock/mini-k8s/cluster"
	"drydock/mini-k8s/kubelet/minidocker"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
)

// clusterCommands are those that make and end clusters of this machine, and the
// parts that `up` starts.
func clusterCommands() []*cobra.Command {
	return []*cobra.Command{
		upCommand(), downCommand(), statusCommand(), kubeconfigCommand(),
		keepCommand(), prepareCommand(), nodeCommand("node"), nodeCommand("node-init"), proxyCommand(), dnsCommand(),
	}
}

// nameFlag says which cluster is meant.
func nameFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("name", "mini-k8s", "Name of the cluster")
}

func upCommand() *cobra.Command {
	nodes, port := 1, uint16(0)
	cmd := &cobra.Command{
		Use:   "up [--nodes N]",
		Short: "Start a cluster on this machine",
		Long: "Start a cluster on this machine: the control plane and nodes, in a sandbox of their own.\n\n" +
			"Nothing of the machine is changed, and nothing is left after `mini-k8s down`, also not of what the cluster kept.",
		Args: cobra.NoArgs,
	}
	name := nameFlag(cmd)
	cmd.Flags().IntVar(&nodes, "nodes", nodes, "How many nodes")
	cmd.Flags().Uint16Var(&port, "api-port", port, "Port of 127.0.0.1 at which kubectl reaches the API server (0: any)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := cluster.At(cluster.Folder(), *name)
		if err != nil {
			return err
		}
		began := time.Now()
		keep := []string{"keep", "--name", *name, "--nodes", fmt.Sprint(nodes), "--api-port", fmt.Sprint(port)}
		err = c.Up(cmd.Context(), keep, nodes, func(what string) {
			cmd.Printf("%5.1fs  %s\n", time.Since(began).Seconds(), what)
		})
		if errors.Is(err, cluster.ErrRunning) {
			cmd.Printf("Cluster %s runs already: `mini-k8s status` tells how it is, `mini-k8s down` ends it.\n", *name)
			return nil
		}
		if err == nil {
			cmd.Printf("Cluster %s is up. To use it:\n  export KUBECONFIG=%s\n", *name, c.Kubeconfig())
		}
		return err
	}
	return cmd
}

func downCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "down", Short: "End a cluster, with all that it kept", Args: cobra.NoArgs}
	name := nameFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := cluster.At(cluster.Folder(), *name)
		if err != nil {
			return err
		}
		if err := c.Down(cmd.Context()); !errors.Is(err, cluster.ErrNotRunning) {
			return err
		}
		cmd.Printf("Cluster %s does not run.\n", *name)
		return nil
	}
	return cmd
}

func statusCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Tell how a cluster is: its processes and nodes", Args: cobra.NoArgs}
	name := nameFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := cluster.At(cluster.Folder(), *name)
		if err != nil {
			return err
		}
		status, err := c.Status(cmd.Context())
		if err != nil {
			return err
		}
		cmd.Printf("Cluster %s, %s\nLogs in %s\n\n", *name, status.Server, c.Logs())
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 3, ' ', 0)
		fmt.Fprintln(table, "COMPONENT\tPID\tNODE")
		for _, each := range status.Processes {
			fmt.Fprintf(table, "%s\t%d\t%s\n", each.Name, each.PID, each.Node)
		}
		fmt.Fprintln(table, "\nNODE\tREADY\tADDRESS\tPODS")
		for _, each := range status.Nodes {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", each.Name, readiness(each), addressOf(each), each.Spec.PodCIDR)
		}
		return errors.Join(table.Flush(), status.NotReached)
	}
	return cmd
}

func readiness(n corev1.Node) corev1.ConditionStatus {
	for _, each := range n.Status.Conditions {
		if each.Type == corev1.NodeReady {
			return each.Status
		}
	}
	return corev1.ConditionUnknown
}

func addressOf(n corev1.Node) string {
	for _, each := range n.Status.Addresses {
		if each.Type == corev1.NodeInternalIP {
			return each.Address
		}
	}
	return ""
}

func kubeconfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "kubeconfig", Short: "Print the kubeconfig of a cluster", Args: cobra.NoArgs,
		Long: "Print the kubeconfig of a cluster.\n\nIt is in a file of its own, which `mini-k8s up` names: nobody's ~/.kube/config is touched.",
	}
	name := nameFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := cluster.At(cluster.Folder(), *name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(c.Kubeconfig())
		if errors.Is(err, os.ErrNotExist) {
			err = cluster.ErrNotRunning
		}
		cmd.Print(string(text))
		return err
	}
	return cmd
}

func keepCommand() *cobra.Command {
	spec := cluster.Spec{}
	cmd := &cobra.Command{Use: "keep", Short: "Make a cluster and watch over it", Args: cobra.NoArgs, Hidden: true}
	name := nameFlag(cmd)
	cmd.Flags().IntVar(&spec.Nodes, "nodes", 1, "How many nodes")
	cmd.Flags().Uint16Var(&spec.Port, "api-port", 0, "Port of 127.0.0.1 for the API server")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cluster.EnterScope(cmd.Context())
		c, err := cluster.At(cluster.Folder(), *name)
		if err != nil {
			return err
		}
		if spec.Program, err = os.Executable(); err != nil {
			return err
		}
		if spec.Images, err = minidocker.Images(cmd.Context()); err != nil {
			return err
		}
		return c.Keep(cmd.Context(), spec)
	}
	return cmd
}

func prepareCommand() *cobra.Command {
	server, nodes := "", 1
	cmd := &cobra.Command{Use: "prepare", Short: "Make what components need, and print a kubeconfig", Args: cobra.NoArgs, Hidden: true}
	cmd.Flags().StringVar(&server, "server", "", "Where the API server is reached from outside")
	cmd.Flags().IntVar(&nodes, "nodes", nodes, "How many nodes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		text, err := cluster.Prepare(server, nodes)
		if err == nil {
			_, err = cmd.OutOrStdout().Write(text)
		}
		return err
	}
	return cmd
}

// nodeCommand is a node as its parent and as its first process.
func nodeCommand(use string) *cobra.Command {
	name, address, pods := "", "", ""
	cmd := &cobra.Command{Use: use, Short: "Be a node of a cluster", Args: cobra.NoArgs, Hidden: true}
	cmd.Flags().StringVar(&name, "name", "", "Name of the node")
	cmd.Flags().StringVar(&address, "address", "", "Its address")
	cmd.Flags().StringVar(&pods, "pod-cidr", "", "Addresses of its pods")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		n := cluster.Node{Name: name}
		if n.Address, err = netip.ParseAddr(address); err != nil {
			return fmt.Errorf("--address: %w", err)
		}
		if n.Pods, err = netip.ParsePrefix(pods); err != nil {
			return fmt.Errorf("--pod-cidr: %w", err)
		}
		if use == "node-init" {
			return n.Boot(cmd.Context())
		}
		return n.Run(cmd.Context(), []string{"node-init", "--name", name, "--address", address, "--pod-cidr", pods})
	}
	return cmd
}
