// Package static makes a test program static that tests copy into containers:
// where there are no libraries, the kernel cannot start one that needs them and
// says that it does not exist (execve(2), ENOENT).
//
//	func TestMain(m *testing.M) {
//		static.Become() // before anything else
//		os.Exit(m.Run())
//	}
//
// With CGO_ENABLED=0, as the Makefile has it, test programs are static already
// and this does nothing. A plain `go test ./...` links those that look up users
// or names against libc, if there is a C compiler.
package static
