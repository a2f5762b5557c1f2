package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/layer"
)

// fetch fetches what an ADD gives the address of. It belongs to root, for whom alone
// it is (mode 0600), and has the time that the server says (Dockerfile reference, ADD).
func (b *build) fetch(ctx context.Context, address, checksum string) (transfer.Inline, error) {
	fetched := transfer.Inline{Mode: 0o600, Time: time.Unix(0, 0)}
	want, hasSum := strings.CutPrefix(checksum, "sha256:")
	if checksum != "" && (!hasSum || len(want) != hex.EncodedLen(sha256.Size)) {
		return fetched, fmt.Errorf("ADD --checksum=%s: only sha256:DIGEST is supported", checksum)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return fetched, err
	}
	fetched.Name = lastName(parsed.Path)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fetched, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fetched, fmt.Errorf("ADD failed: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fetched, fmt.Errorf("ADD failed: GET %s: %s", address, answer.Status)
	}
	if modified, err := http.ParseTime(answer.Header.Get("Last-Modified")); err == nil {
		fetched.Time = modified
	}
	got, err := b.keepFetched(ctx, answer.Body, &fetched)
	if err == nil && hasSum && got != want {
		err = fmt.Errorf("ADD --checksum: %s has the digest sha256:%s", address, got)
	}
	return fetched, err
}

// lastName is what a file is called that comes from a path, which may end in no name,
// or in one that would lead out of the destination.
func lastName(of string) string {
	name := path.Base(of)
	if name == "/" || name == "." || name == ".." {
		return "__unnamed__" // as with Docker
	}
	return name
}

// keepFetched writes what comes to a file of the build's own, and returns its digest.
func (b *build) keepFetched(ctx context.Context, from io.Reader, fetched *transfer.Inline) (string, error) {
	dir, err := b.in.Scratch(ctx)
	if err != nil {
		return "", err
	}
	fetched.Path = filepath.Join(dir, "fetched")
	file, err := os.Create(fetched.Path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(from, layer.DefaultMaxBytes+1))
	if err == nil && n > layer.DefaultMaxBytes {
		err = &layer.LimitError{What: "bytes", Limit: layer.DefaultMaxBytes}
	}
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, file.Close())
}

// unpackContext unpacks an archive that is the context of a build. Whose its files
// are does not matter: in the image they are root's.
func unpackContext(ctx context.Context, scratch string, archive io.Reader) (string, error) {
	dir := filepath.Join(scratch, "context")
	_, err := layer.Apply(ctx, dir, archive, layer.ApplyOptions{UserXattr: layer.UserXattr()})
	if err != nil {
		return "", fmt.Errorf("build context: %w", err)
	}
	return dir, nil
}
