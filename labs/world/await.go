package world

import (
	"context"
	"errors"
	"fmt"
)

// awaiting is mini-k8s, and kubectl, for as long as they are being built.
const awaiting = `cat >` + binDir + `/mini-k8s <<'END' && chmod 755 ` + binDir + `/mini-k8s && ln -sf mini-k8s ` + binDir + `/kubectl
#!/bin/sh
echo 'mini-k8s is still being built: this waits for it (Ctrl-C ends the waiting)' >&2
until [ -e /run/mini-k8s-built ]; do sleep 0.2; done
cat /run/mini-k8s-built >&2
exec "$(basename "$0")" "$@"
END`

// AwaitOrchestrator has mini-k8s and kubectl wait inside, whoever calls them, until
// build has returned; then it puts the real ones in their place. Where build fails
// they tell why.
func (w *World) AwaitOrchestrator(ctx context.Context, m Machine, build func() error) error {
	if err := w.must(ctx, awaiting); err != nil {
		return err
	}
	err := build()
	if err == nil {
		err = w.must(ctx, "rm "+binDir+"/kubectl")
	}
	if err == nil {
		err = w.InstallOrchestrator(ctx, m)
	}
	if err != nil && ctx.Err() == nil {
		told := w.must(ctx, fmt.Sprintf("printf '#!/bin/sh\\necho \"mini-k8s could not be built: make build says why\" >&2\\nexit 1\\n' >%s/mini-k8s; cp -f %[1]s/mini-k8s %[1]s/kubectl", binDir))
		err = errors.Join(err, told)
	}
	return errors.Join(err, w.must(ctx, ": >/run/mini-k8s-built"))
}
