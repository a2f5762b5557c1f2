// Package testscripts holds the scripts that say what mini-docker does, and
// the one runner for them. The same scripts guard the product in CI and check
// what a learner did: [Run] is called from `go test ./testscripts` for each
// script in a fresh sandbox, and from drydock inside the learner's.
//
// A script is a txtar archive in the language of
// github.com/rogpeppe/go-internal/testscript, named AREA_BEHAVIOUR.txtar,
// with the additions below. Those whose AREA is `load` run alone. `go test
// ./testscripts -update` rewrites the files that a `cmp` compares with.
//
// # Blocks
//
// A comment line at the beginning of a line opens a block, and is its title:
// a whole sentence that is true when the block passes. The report has one
// [Check] for each block. Comment lines that follow directly are notes for
// whoever edits the script, as are comments that are indented. A script ends at
// the first command that fails; the blocks after it are reported as not reached.
//
//	# The command is process 1 of a PID namespace of its own
//	means 'the clone flags lack CLONE_NEWPID'
//	exec mini-docker run --name one mini/box sleep 300 &one&
//	waitfor ns container:one pid differs self
//	nspid container:one 1
//
// # Commands that look at the kernel
//
// A look reads a fact and records what it looked at, found and expected. With
// `!` before it, it must not hold, in a world that is shown to be alive: for a
// file that must not exist the directory has to, for an interface lo has to.
// PROCESS is `self`, a number, `cmd:REGEXP`, `container:NAME`, `child:PROCESS`
// or `parent:PROCESS`; exactly one process may match. Command lines are matched
// with the program's directory cut off: `^sleep 600`. A process that a script has given
// a name with `as=NAME` goes by it from there on, and `noted:FILE` is the one whose
// number and start time stand in FILE: a number is given again, both are not.
//
//	cgroup PROCESS REGEXP                a line of /proc/PID/cgroup matches
//	file PATH [in=PROCESS] [type=T] [mode=OCTAL] [device=MAJOR:MINOR] [text=REGEXP] [entries=N]
//	hostname REGEXP [in=PROCESS]         the whole name, in its UTS namespace
//	inode PATH same|differs PATH [in=PROCESS] [than=PROCESS]
//	                                     `fd:N` is what that process has open as N
//	keeps PROCESS TARGET                 its mount namespace has what is mounted on TARGET here
//	link NAME [in=PROCESS] [state=up|down] [addr=REGEXP]
//	mounts TARGET [in=PROCESS] [type=FS] [source=S] [root=DIR]
//	       [propagation=private|shared|slave|shared+slave|unbindable] [option=O,…]
//	ns PROCESS mnt|pid|uts|ipc|net|cgroup|user same|differs PROCESS
//	nspid PROCESS PID [depth=N]          its id in the innermost namespace
//	proc PROCESS FILE REGEXP [line=PREFIX]
//	                                     the text of /proc/PID/FILE, or these lines, blanks squeezed
//	process REGEXP [state=R|S|Z|T] [ppid=PROCESS] [default=SIGNAL] [count=N] [as=NAME]
//	root DIR [parent=DIR] [cmd=REGEXP]   a process's root is DIR, its parent's another, or lies in that
//	shm KEY [in=PROCESS]                 a System V segment in its IPC namespace
//
// # Commands that do
//
//	means TEXT              what a failure in the rest of the block means, in
//	                        words for a learner, until the next `means`
//	signal NAME PROCESS     e.g. signal TERM container:one
//	status N PROGRAM ARGS…  like exec, and the exit status must be N
//	                        (128+n when signal n ended the program)
//	waitfor [within=30s] [!] LOOK ARGS…
//	                        looks until it holds; says what it last saw
//
// # Conditions
//
//	[root]     the machine's root, not one of a user namespace
//	[userns]   a user namespace can be made
//	[cgroup2]  the cgroup tree is version 2
//	[limits]   cgroups can be made
//	[overlay]  the kernel has overlayfs
//	[go]       the go command is there
//
// A script that needs one says so by name:
// `[!overlay] skip 'no overlayfs in this kernel'`.
package testscripts
