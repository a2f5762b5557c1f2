package world

import (
	"context"
	"errors"
	"fmt"
)

// The programs that a sandbox can be waiting for.
const (
	Engine       = "mini-docker"
	Orchestrator = "mini-k8s" // kubectl comes with it
)

// awaiting is a program for as long as it is being built.
const awaiting = `cat >%[2]s/%[1]s <<'END' && chmod 755 %[2]s/%[1]s
#!/bin/sh
echo '%[1]s is still being built: this waits for it (Ctrl-C ends the waiting)' >&2
until [ -e /run/%[1]s-built ]; do sleep 0.2; done
exec "$(basename "$0")" "$@"
END`

// failed is a program that could not be built.
const failed = `printf '#!/bin/sh\necho "%[1]s could not be built: make build says why" >&2\nexit 1\n' >%[2]s/%[1]s`

// Expect has a program wait inside, whoever calls it, until Deliver has brought it.
func (w *World) Expect(ctx context.Context, program string) error {
	return w.stand(ctx, awaiting, program)
}

// stand puts a script in the place of a program, and of what comes with it.
func (w *World) stand(ctx context.Context, script, program string) error {
	commands := fmt.Sprintf(script, program, binDir)
	if program == Orchestrator {
		commands += "\nln -sf " + Orchestrator + " " + binDir + "/kubectl"
	}
	return w.must(ctx, commands)
}

// Deliver puts a program that is expected into its place when build has returned.
// Where that fails the program tells so.
func (w *World) Deliver(ctx context.Context, m Machine, program string, build func() error) error {
	err := build()
	if err == nil {
		err = w.replace(ctx, m, program)
	}
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, w.stand(ctx, failed, program))
	}
	return errors.Join(err, w.must(ctx, ": >/run/"+program+"-built"))
}

// replace puts the real program where one waits.
func (w *World) replace(ctx context.Context, m Machine, program string) error {
	if program == Engine {
		return w.install(ctx, m.MiniDocker)
	}
	if err := w.must(ctx, "rm "+binDir+"/kubectl"); err != nil {
		return err
	}
	return w.InstallOrchestrator(ctx, m)
}
