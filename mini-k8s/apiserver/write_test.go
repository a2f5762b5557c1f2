package apiserver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestAnObjectIsMadeReadReplacedAndDeleted(t *testing.T) {
	w := newWorld(t)
	made := w.ok("POST", configMaps, configMap("a", "1"))
	if made.code != http.StatusCreated || made.str("metadata.uid") == "" || made.str("metadata.namespace") != "default" || made.str("metadata.creationTimestamp") == "" {
		t.Fatalf("created: got %d %s", made.code, made.text)
	}
	w.refused(409, `configmaps "a" already exists`, "POST", configMaps, configMap("a", "1"))
	replaced := w.ok("PUT", configMaps+"/a", configMap("a", "2"))
	if replaced.str("data.key") != "2" || replaced.str("metadata.uid") != made.str("metadata.uid") {
		t.Errorf("replaced: got %s", replaced.text)
	}
	same := w.ok("PUT", configMaps+"/a", configMap("a", "2"))
	if got, want := same.str("metadata.resourceVersion"), replaced.str("metadata.resourceVersion"); got != want {
		t.Errorf("resourceVersion after a change of nothing: got %s, want %s", got, want)
	}
	gone := w.ok("DELETE", configMaps+"/a", "")
	if gone.str("status") != "Success" || gone.str("details.kind") != "configmaps" {
		t.Errorf("deleted: got %s", gone.text)
	}
	w.refused(404, `configmaps "a" not found`, "GET", configMaps+"/a", "")
	w.refused(404, `configmaps "a" not found`, "PUT", configMaps+"/a", configMap("a", "1"))
}

func TestAWriteOfWhatWasNotReadLastConflicts(t *testing.T) {
	w := newWorld(t)
	first := w.ok("POST", configMaps, configMap("a", "1"))
	w.ok("PUT", configMaps+"/a", configMap("a", "2"))
	w.refused(409, `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`,
		"PUT", configMaps+"/a", strings.Replace(first.text, `"1"`, `"3"`, 1))
	w.refused(409, "Precondition failed: UID in precondition: nobody", "DELETE", configMaps+"/a", `{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"nobody"}}`)
	w.refused(409, "Precondition failed: ResourceVersion in precondition: 1", "DELETE", configMaps+"/a", `{"preconditions":{"resourceVersion":"1"}}`)
	w.refused(400, "resourceVersion should not be set on objects to be created", "POST", configMaps, first.text)
}

func TestWhatCannotBeMeantIsRefusedInKubernetesWords(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		code               int
		words, method, url string
		body               string
	}{
		{404, "the server could not find the requested resource", "GET", "/api/v1/namespaces/default/foos", ""},
		{404, "the server could not find the requested resource", "GET", "/apis/nope/v1/foos", ""},
		{404, `namespaces "nope" not found`, "POST", "/api/v1/namespaces/nope/configmaps", configMap("a", "1")},
		{400, "json parse error", "POST", configMaps, `{"metadata":`},
		{400, "json parse error", "POST", configMaps, `[]`},
		{400, "the API version in the data (apps/v1) does not match the expected API version (v1)", "POST", configMaps, `{"apiVersion":"apps/v1","kind":"ConfigMap"}`},
		{400, "Pod in version \"v1\" cannot be handled as a ConfigMap", "POST", configMaps, `{"apiVersion":"v1","kind":"Pod"}`},
		{400, "cannot unmarshal number into Go struct field ConfigMap.data of type string", "POST", configMaps, `{"data":{"a":1}}`},
		{422, `ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required`, "POST", configMaps, `{}`},
		{422, `metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain`, "POST", configMaps, configMap("A", "")},
		{422, `data[a b]: Invalid value: "a b"`, "POST", configMaps, `{"metadata":{"name":"a"},"data":{"a b":"1"}}`},
		{422, `spec.containers: Required value`, "POST", podsPath, `{"metadata":{"name":"a"},"spec":{}}`},
		{422, `spec.containers[0].image: Required value`, "POST", podsPath, `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c"}]}}`},
		{422, "`selector` does not match template `labels`", "POST", deploys, strings.Replace(oneDeployment("a"), `"labels":{"a"`, `"labels":{"z"`, 1)},
		{400, "the namespace of the provided object does not match the namespace sent on the request", "POST", configMaps, `{"metadata":{"name":"a","namespace":"other"}}`},
		{400, `strict decoding error: unknown field "foo"`, "POST", configMaps + "?fieldValidation=Strict", `{"metadata":{"name":"a"},"foo":1}`},
		{400, `strict decoding error: duplicate field "data"`, "POST", configMaps + "?fieldValidation=Strict", `{"metadata":{"name":"a"},"data":{},"data":{}}`},
		{400, `fieldValidation: Unsupported value: "Maybe"`, "POST", configMaps + "?fieldValidation=Maybe", configMap("a", "")},
		{400, `dryRun: Unsupported value`, "POST", configMaps + "?dryRun=Some", configMap("a", "")},
		{405, "", "PUT", configMaps, configMap("a", "")},
		{501, "pods/log is not supported: this API server has no way to the node that runs a for it", "GET", podsPath + "/a/log", ""},
	} {
		w.refused(test.code, test.words, test.method, test.url, test.body)
	}
	w.refused(415, "the body of the request was in an unknown format", "POST", configMaps, "x", "Content-Type: text/plain")
	w.refused(406, "only the following media types are accepted", "GET", configMaps, "", "Accept: text/html")
	if listed := w.ok("GET", configMaps, ""); len(listed.names()) != 0 {
		t.Errorf("after the refusals: got %v", listed.names())
	}
}

func TestUnknownFieldsAreWarnedOfAndDropped(t *testing.T) {
	w := newWorld(t)
	made := w.ok("POST", configMaps, `{"metadata":{"name":"a"},"foo":1}`)
	if got, want := made.header.Get("Warning"), `299 - "unknown field \"foo\""`; got != want {
		t.Errorf("warning: got %q, want %q", got, want)
	}
	if strings.Contains(made.text, "foo") && made.content["foo"] != nil {
		t.Errorf("the field was kept: %s", made.text)
	}
	quiet := w.ok("PUT", configMaps+"/a?fieldValidation=Ignore", `{"metadata":{"name":"a"},"foo":1}`)
	if got := quiet.header.Get("Warning"); got != "" {
		t.Errorf("ignored: got warning %q", got)
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	dry := w.ok("POST", configMaps+"?dryRun=All", configMap("a", "1"))
	if dry.code != http.StatusCreated || dry.str("data.key") != "1" {
		t.Errorf("dry create: got %d %s", dry.code, dry.text)
	}
	w.refused(404, "not found", "GET", configMaps+"/a", "")
	w.ok("POST", configMaps, configMap("a", "1"))
	w.refused(409, "already exists", "POST", configMaps+"?dryRun=All", configMap("a", "1"))
	w.ok("PUT", configMaps+"/a?dryRun=All", configMap("a", "2"))
	w.ok("DELETE", configMaps+"/a?dryRun=All", "")
	if got := w.ok("GET", configMaps+"/a", "").str("data.key"); got != "1" {
		t.Errorf("after dry runs: got %q, want 1", got)
	}
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	w := newWorld(t)
	w.refused(413, "limit is 3145728", "POST", configMaps, configMap("a", strings.Repeat("x", 4<<20)))
	w.ok("POST", configMaps, configMap("b", strings.Repeat("x", 1<<20)))
}

func TestStatusIsWrittenApartAndGenerationCountsTheSpec(t *testing.T) {
	w := newWorld(t)
	made := w.ok("POST", deploys, strings.Replace(oneDeployment("a"), `"spec":{"sel`, `"status":{"replicas":9},"spec":{"sel`, 1))
	if made.str("status.replicas") != "" || made.str("metadata.generation") != "1" || made.str("spec.replicas") != "1" {
		t.Fatalf("created: got %s", made.text)
	}
	status := w.ok("PUT", deploys+"/a/status", `{"metadata":{"name":"a","labels":{"x":"y"}},"spec":{"replicas":7},"status":{"replicas":3,"observedGeneration":1}}`)
	if status.str("status.replicas") != "3" || status.str("spec.replicas") != "1" || status.str("metadata.labels") != "" || status.str("metadata.generation") != "1" {
		t.Errorf("status: got %s", status.text)
	}
	scaled := w.ok("PATCH", deploys+"/a/scale", `{"spec":{"replicas":4}}`, "Content-Type: application/merge-patch+json")
	if scaled.str("kind") != "Scale" || scaled.str("spec.replicas") != "4" || scaled.str("status.replicas") != "3" || scaled.str("status.selector") != "a=b" {
		t.Errorf("scale: got %s", scaled.text)
	}
	after := w.ok("GET", deploys+"/a", "")
	if after.str("metadata.generation") != "2" || after.str("status.replicas") != "3" {
		t.Errorf("after scaling: got %s", after.text)
	}
}

func TestADeletedPodStaysUntilItsNodeHasEndedIt(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", podsPath, onePod("a"))
	w.ok("POST", podsPath+"/a/binding", `{"target":{"kind":"Node","name":"one"}}`)
	w.refused(409, `pod a is already assigned to node "one"`, "POST", podsPath+"/a/binding", `{"target":{"name":"two"}}`)
	asked := w.ok("DELETE", podsPath+"/a", "")
	if asked.str("metadata.deletionGracePeriodSeconds") != "30" || asked.str("metadata.deletionTimestamp") == "" {
		t.Fatalf("deleting: got %s", asked.text)
	}
	sooner := w.ok("DELETE", podsPath+"/a?gracePeriodSeconds=5", "")
	if got := sooner.str("metadata.deletionGracePeriodSeconds"); got != "5" {
		t.Errorf("hastened: got %s, want 5", got)
	}
	later := w.ok("DELETE", podsPath+"/a?gracePeriodSeconds=60", "")
	if got := later.str("metadata.deletionGracePeriodSeconds"); got != "5" {
		t.Errorf("delayed: got %s, want 5", got)
	}
	w.ok("DELETE", podsPath+"/a?gracePeriodSeconds=0", "")
	w.refused(404, "not found", "GET", podsPath+"/a", "")
}

func TestAFinalizerHoldsADeletedObject(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", configMaps, `{"metadata":{"name":"a","finalizers":["example.com/wait"]}}`)
	w.ok("DELETE", configMaps+"/a", "")
	held := w.ok("GET", configMaps+"/a", "")
	if held.str("metadata.deletionTimestamp") == "" {
		t.Fatalf("held: got %s", held.text)
	}
	w.ok("PATCH", configMaps+"/a", `{"metadata":{"finalizers":null}}`, "Content-Type: application/merge-patch+json")
	w.refused(404, "not found", "GET", configMaps+"/a", "")
	w.ok("POST", deploys, oneDeployment("d"))
	foreground := w.ok("DELETE", deploys+"/d?propagationPolicy=Foreground", "")
	if got := foreground.str("metadata.finalizers"); got != "[foregroundDeletion]" {
		t.Errorf("finalizers of a foreground deletion: got %s", got)
	}
}

func TestACollectionIsDeletedBySelector(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c"} {
		w.ok("POST", configMaps, `{"metadata":{"name":"`+name+`","labels":{"is":"`+name+`"}}}`)
	}
	w.ok("DELETE", configMaps+"?labelSelector=is+in+(a,b)", "")
	if got := w.ok("GET", configMaps, "").names(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("left: got %v, want c", got)
	}
}
