// Package conformance holds the OCI runtime against the validation programs of the
// Open Containers Initiative (runtime-tools), each of which runs containers and says
// in the Test Anything Protocol what holds of them. `make conformance` runs them
// with runc and with `mini-docker runtime`: some ask for what the specification no
// longer says, or for what a machine lacks, so what counts is that nothing holds of
// runc's containers that does not hold of ours.
//
// It is a module of its own, so that the product's go.mod stays small. It needs
// root and runc, makes its mounts in a mount namespace of its own, and leaves no
// container behind.
package conformance
