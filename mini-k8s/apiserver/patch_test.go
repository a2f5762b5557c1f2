package apiserver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"drydock/mini-k8s/api"
)

// Media types of patches.
const (
	byOperations = "Content-Type: application/json-patch+json"
	byMerge      = "Content-Type: application/merge-patch+json"
	byStrategy   = "Content-Type: application/strategic-merge-patch+json"
	byApply      = "Content-Type: application/apply-patch+yaml"
)

func TestAPatchOfEachTypeChangesWhatItSays(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", deploys, oneDeployment("a"))
	w.ok("PATCH", deploys+"/a", `[{"op":"test","path":"/spec/replicas","value":1},{"op":"replace","path":"/spec/replicas","value":2}]`, byOperations)
	w.ok("PATCH", deploys+"/a", `{"metadata":{"labels":{"x":"y"}},"spec":{"minReadySeconds":5}}`, byMerge)
	w.ok("PATCH", deploys+"/a", `{"metadata":{"labels":{"x":null}}}`, byMerge)
	// A strategic patch knows containers by their names: this adds one.
	after := w.ok("PATCH", deploys+"/a", `{"spec":{"template":{"spec":{"containers":[{"name":"d","image":"two"}]}}}}`, byStrategy)
	if after.str("spec.replicas") != "2" || after.str("spec.minReadySeconds") != "5" || after.str("metadata.labels") != "" {
		t.Errorf("got %s", after.text)
	}
	if got := len(api.Maps(after.content, "spec", "template", "spec", "containers")); got != 2 {
		t.Errorf("containers: got %d, want 2", got)
	}
	if got := after.str("metadata.generation"); got != "4" {
		t.Errorf("generation: got %s, want 4 (made, and three changes of the spec)", got)
	}
}

func TestAPatchThatDoesNotFitIsRefused(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", deploys, oneDeployment("a"))
	w.refused(422, "test failed", "PATCH", deploys+"/a", `[{"op":"test","path":"/spec/replicas","value":7}]`, byOperations)
	w.refused(400, "error decoding patch", "PATCH", deploys+"/a", `{"op":"test"}`, byOperations)
	w.refused(400, "error decoding patch", "PATCH", deploys+"/a", `[]`, byMerge)
	w.refused(400, "error decoding patch", "PATCH", deploys+"/a", `null`, byStrategy)
	w.refused(413, "The allowed maximum operations in a JSON patch is 10000", "PATCH", deploys+"/a", "["+strings.Repeat(`{"op":"test","path":"/kind","value":"a"},`, 10001)+`{"op":"test","path":"/kind","value":"a"}]`, byOperations)
	w.refused(415, "accepted media types include: application/json-patch+json", "PATCH", deploys+"/a", `{}`)
	w.refused(404, "not found", "PATCH", deploys+"/b", `{}`, byMerge)
	w.refused(400, "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32", "PATCH", deploys+"/a", `{"spec":{"replicas":"two"}}`, byMerge)
	w.refused(400, `unknown field "spec.foo"`, "PATCH", deploys+"/a?fieldValidation=Strict", `{"spec":{"foo":2}}`, byMerge)
	w.refused(422, "field is immutable", "PATCH", deploys+"/a", `{"spec":{"selector":{"matchLabels":{"z":"z"}},"template":{"metadata":{"labels":{"z":"z"}}}}}`, byMerge)
	w.refused(409, "the object has been modified", "PATCH", deploys+"/a", `{"metadata":{"resourceVersion":"1"}}`, byMerge)
}

func TestPatchesThatCompeteAllCount(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", configMaps, configMap("a", "1"))
	var group sync.WaitGroup
	const writers = 16
	for i := range writers {
		group.Go(func() {
			w.ok("PATCH", configMaps+"/a", fmt.Sprintf(`{"data":{"k%d":"1"}}`, i), byMerge)
		})
	}
	group.Wait()
	if got := len(api.Map(w.ok("GET", configMaps+"/a", "").content, "data")); got != writers+1 {
		t.Errorf("keys: got %d, want %d", got, writers+1)
	}
}

func applied(manager, options string) string {
	return deploys + "/web?fieldManager=" + manager + options
}

func manifest(replicas int, image string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: %d
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: %s
        resources: {requests: {cpu: 500m}}
`, replicas, image)
}

func TestApplyMakesAndChangesWhatItOwns(t *testing.T) {
	w := newWorld(t)
	made := w.ok("PATCH", applied("one", ""), manifest(2, "nginx:1"), byApply)
	if made.code != http.StatusCreated || made.str("spec.replicas") != "2" {
		t.Fatalf("applied: got %d %s", made.code, made.text)
	}
	again := w.ok("PATCH", applied("one", ""), manifest(2, "nginx:1"), byApply)
	if got, want := again.str("metadata.resourceVersion"), made.str("metadata.resourceVersion"); got != want {
		t.Errorf("applied again: got resourceVersion %s, want %s", got, want)
	}
	owners := api.Maps(again.content, "metadata", "managedFields")
	if len(owners) != 1 || owners[0]["manager"] != "one" || owners[0]["operation"] != "Apply" {
		t.Errorf("owners: got %v", owners)
	}
	// What it no longer mentions goes back to the default.
	less := strings.Replace(manifest(2, "nginx:1"), "  replicas: 2\n", "", 1)
	if got := w.ok("PATCH", applied("one", ""), less, byApply).str("spec.replicas"); got != "1" {
		t.Errorf("replicas that are no longer applied: got %s, want 1", got)
	}
}

func TestApplyConflictsWithOtherOwners(t *testing.T) {
	w := newWorld(t)
	w.ok("PATCH", applied("one", ""), manifest(2, "nginx:1"), byApply)
	answered := w.refused(409, `Apply failed with 1 conflict: conflict with "one": .spec.replicas`, "PATCH", applied("two", ""), manifest(3, "nginx:1"), byApply)
	if cause := api.Maps(answered.content, "details", "causes"); len(cause) != 1 || cause[0]["reason"] != "FieldManagerConflict" {
		t.Errorf("causes: got %v", cause)
	}
	forced := w.ok("PATCH", applied("two", "&force=true"), manifest(3, "nginx:1"), byApply)
	if got := forced.str("spec.replicas"); got != "3" {
		t.Errorf("forced: got %s, want 3", got)
	}
	w.refused(400, "fieldManager: Required value: is required for apply patch", "PATCH", deploys+"/web", manifest(3, "nginx:1"), byApply)
	w.refused(400, `unknown field "spec.foo"`, "PATCH", applied("one", "&fieldValidation=Strict"), strings.Replace(manifest(3, "a"), "  replicas", "  foo: 1\n  replicas", 1), byApply)
	w.refused(400, "does not match the name on the URL", "PATCH", applied("one", ""), strings.Replace(manifest(3, "a"), "name: web", "name: other", 1), byApply)
}

func TestEveryWriterIsRecordedFromTheFirstWriteOn(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", deploys+"?fieldManager=creator", oneDeployment("a"))
	w.ok("PATCH", deploys+"/a/scale", `{"spec":{"replicas":3}}`, byMerge, "User-Agent: scaler/1.0 (linux)")
	after := w.ok("PUT", deploys+"/a/status?fieldManager=controller", `{"metadata":{"name":"a"},"status":{"replicas":3}}`)
	var got []string
	for _, owner := range api.Maps(after.content, "metadata", "managedFields") {
		got = append(got, fmt.Sprint(owner["manager"], " ", owner["operation"], " ", owner["subresource"]))
	}
	slices.Sort(got) // those of one second come in no order
	if want := "[controller Update status creator Update <nil> scaler Update scale]"; fmt.Sprint(got) != want {
		t.Errorf("owners: got %v, want %s", got, want)
	}
}
