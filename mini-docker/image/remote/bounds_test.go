package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// hostile answers requests for a manifest as it is told, and says nothing more.
func hostile(manifest func(w http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			w.Header().Set("Content-Type", string(types.OCIManifestSchema1))
			manifest(w)
		}
	}
}

// What a manifest says is judged before anything of it is fetched.
func TestPullRefusesAManifestWithoutMeasure(t *testing.T) {
	digest := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
	sound := v1.Descriptor{MediaType: types.OCILayer, Digest: digest, Size: 10}
	config := v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: digest, Size: 10}
	huge, large, negative, foreign := sound, config, sound, sound
	huge.Size, large.Size, negative.Size = layer.DefaultMaxBytes, image.MaxDocument+1, -1
	foreign.URLs = []string{"http://169.254.169.254/secret"}
	many := make([]v1.Descriptor, 501)
	for i := range many {
		many[i] = sound
	}
	for want, manifest := range map[string]v1.Manifest{
		"malformed image: it has 501 layers, and overlayfs stacks 500":                               {Config: config, Layers: many},
		"malformed image: its config is said to have 4194305 bytes, and may have 4194304":            {Config: large},
		"malformed image: its layers are said to have more than 68719476736 bytes up to the layer 2": {Config: config, Layers: []v1.Descriptor{huge, sound}},
		"malformed image: its layers are said to have more than 68719476736 bytes up to the layer 1": {Config: config, Layers: []v1.Descriptor{negative}},
		"layer 1 lies elsewhere than the image, at http://169.254.169.254/secret":                    {Config: config, Layers: []v1.Descriptor{foreign}},
	} {
		manifest.SchemaVersion, manifest.MediaType = 2, types.OCIManifestSchema1
		n := parse(t, serve(t, hostile(func(w http.ResponseWriter) { json.NewEncoder(w).Encode(manifest) }))+"/x:1")
		_, err := Pull(t.Context(), newStore(t), n, PullOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), n.Familiar()+": "+want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestPullRefusesAManifestThatNeverEnds(t *testing.T) {
	n := parse(t, serve(t, hostile(func(w http.ResponseWriter) {
		for blank := strings.Repeat(" ", 1<<16); ; {
			if _, err := io.WriteString(w, blank); err != nil {
				return
			}
		}
	}))+"/x:1")
	_, err := Pull(t.Context(), newStore(t), n, PullOptions{})
	var limit *layer.LimitError
	if !errors.As(err, &limit) || limit.Limit != image.MaxDocument {
		t.Errorf("got %v, want the limit of %d bytes", err, image.MaxDocument)
	}
}

// A registry that goes silent within a layer does not hold anybody for ever.
func TestPullGivesUpOnARegistryThatGoesSilent(t *testing.T) {
	whole := open(t, t.TempDir())
	var within string // the path of the layer, once it is known
	at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if within == "" || !strings.HasSuffix(r.URL.Path, within) {
			whole.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Length", "2048")
		io.WriteString(w, "begun")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	from, n := newStore(t), parse(t, at+"/x:1")
	pushed := imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	if size := pushed.Manifest.Layers[0].Size; size != 2048 {
		t.Fatalf("the layer has %d bytes: the answer above says another number", size)
	}
	within = "/blobs/" + pushed.Manifest.Layers[0].Digest.String()

	const short = 100 * time.Millisecond
	_, err := Pull(t.Context(), newStore(t), n, PullOptions{patience: short})
	want := fmt.Sprintf("registry %s cannot be reached: it stopped in the middle of an answer, and sent nothing for %v", at, short)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// An image for another machine is refused before its layers are fetched.
func TestPullRefusesAnImageForAnotherMachine(t *testing.T) {
	at := serve(t, open(t, t.TempDir()))
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{OS: "linux", Architecture: "s390x"})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	own := image.ThisMachine()
	want := fmt.Sprintf("no matching manifest for %s/%s: image %s is for linux/s390x", own.OS, own.Architecture, n.Familiar())
	if _, err := Pull(t.Context(), newStore(t), n, PullOptions{Notify: func(p Progress) { t.Errorf("%s was fetched", p.Digest) }}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}

	list := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{
		{MediaType: types.OCIManifestSchema1, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}, Size: 5,
			Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}},
	}}
	n = parse(t, serve(t, hostile(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", string(types.OCIImageIndex))
		json.NewEncoder(w).Encode(list)
	}))+"/x:1")
	want = fmt.Sprintf("no matching manifest for %s/%s in the manifest list entries", own.OS, own.Architecture)
	if _, err := Pull(t.Context(), newStore(t), n, PullOptions{}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
