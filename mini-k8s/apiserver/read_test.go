package apiserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"
)

func TestAListIsSelectedByLabelsAndFields(t *testing.T) {
	w := newWorld(t)
	for name, phase := range map[string]string{"a": "Running", "b": "Pending", "c": "Running"} {
		w.ok("POST", podsPath, strings.Replace(onePod(name), `{"name"`, `{"labels":{"is":"`+name+`"},"name"`, 1))
		w.ok("PUT", podsPath+"/"+name+"/status", `{"metadata":{"name":"`+name+`"},"status":{"phase":"`+phase+`"}}`)
	}
	for query, want := range map[string][]string{
		"":                                   {"a", "b", "c"},
		"labelSelector=is!=a":                {"b", "c"},
		"labelSelector=is+notin+(a,b)":       {"c"},
		"fieldSelector=status.phase=Running": {"a", "c"},
		"fieldSelector=metadata.name=b":      {"b"},
		"fieldSelector=spec.nodeName=":       {"a", "b", "c"},
		"labelSelector=is&fieldSelector=spec.nodeName=x": {},
		"resourceVersion=0": nil, // whatever is at hand
	} {
		got := w.ok("GET", "/api/v1/pods?"+query, "").names()
		if want != nil && !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	w.refused(400, "field label not supported: spec.foo", "GET", podsPath+"?fieldSelector=spec.foo=1", "")
	w.refused(400, "unable to parse requirement", "GET", podsPath+"?labelSelector=!!", "")
	w.refused(504, "Too large resource version: 1000000, current: ", "GET", podsPath+"?resourceVersion=1000000", "")
}

func TestAllPagesOfAListAreTrueAtOneRevision(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.ok("POST", configMaps, configMap(fmt.Sprintf("c%d", i), "1"))
	}
	first := w.ok("GET", configMaps+"?limit=2", "")
	if got := first.str("metadata.remainingItemCount"); got != "3" {
		t.Errorf("remaining: got %s, want 3", got)
	}
	w.ok("DELETE", configMaps+"/c3", "")
	w.ok("POST", configMaps, configMap("c9", "1"))
	next := url.QueryEscape(first.str("metadata.continue"))
	second := w.ok("GET", configMaps+"?limit=2&continue="+next, "")
	last := w.ok("GET", configMaps+"?limit=2&continue="+url.QueryEscape(second.str("metadata.continue")), "")
	got := slices.Concat(first.names(), second.names(), last.names())
	if want := []string{"c0", "c1", "c2", "c3", "c4"}; !slices.Equal(got, want) {
		t.Errorf("pages: got %v, want %v", got, want)
	}
	if last.str("metadata.continue") != "" || last.str("metadata.resourceVersion") != first.str("metadata.resourceVersion") {
		t.Errorf("last page: got %v", last.content["metadata"])
	}
	revision, err := w.store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Compact(t.Context(), revision); err != nil {
		t.Fatal(err)
	}
	w.refused(410, "The provided continue parameter is too old", "GET", configMaps+"?limit=2&continue="+next, "")
	w.refused(400, "continue key is not valid", "GET", configMaps+"?continue=nonsense", "")
}

func TestAWatchBeginsWithWhatThereIs(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", configMaps, configMap("a", "1"))
	next := w.watch(configMaps + "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
	end := w.see(next, "ADDED a", "BOOKMARK")
	if got := api.Get(end, "metadata", "annotations", "k8s.io/initial-events-end"); got != "true" {
		t.Errorf("the bookmark after the initial events: got %v", end)
	}
	w.ok("PUT", configMaps+"/a", configMap("a", "2"))
	w.ok("DELETE", configMaps+"/a", "")
	last := w.see(next, "MODIFIED a", "DELETED a")
	if got := api.String(last, "data", "key"); got != "2" {
		t.Errorf("deleted: got it as %q, want as it was last", got)
	}
	w.refused(400, "sendInitialEvents requires setting resourceVersionMatch", "GET", configMaps+"?watch=true&sendInitialEvents=true", "")
}

// lateStore is a store whose news come late: the cache behind it lags.
type lateStore struct{ store.Store }

func (s lateStore) Watch(ctx context.Context, prefix string, after store.Revision, each func(store.Batch) error) error {
	return s.Store.Watch(ctx, prefix, after, func(b store.Batch) error {
		time.Sleep(100 * time.Millisecond)
		return each(b)
	})
}

func TestAWatchWithoutAVersionBeginsWithTheLatest(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := newWorldOver(t, lateStore{db})
	w.ok("POST", configMaps, configMap("a", "1"))
	w.see(w.watch(configMaps+"?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"), "ADDED a", "BOOKMARK")
}

func TestAWatchGoesOnFromARevision(t *testing.T) {
	w := newWorld(t)
	first := w.ok("POST", configMaps, configMap("a", "1"))
	w.ok("POST", configMaps, configMap("b", "1"))
	w.ok("POST", "/api/v1/namespaces/kube-system/configmaps", configMap("elsewhere", "1"))
	from := "?watch=1&resourceVersion=" + first.str("metadata.resourceVersion")
	w.see(w.watch(configMaps+from), "ADDED b")
	w.see(w.watch("/api/v1/configmaps"+from), "ADDED b", "ADDED elsewhere")
	w.see(w.watch(configMaps+"?watch=1"), "ADDED a", "ADDED b") // the old way: all there is
	w.see(w.watch(configMaps+"/b?watch=1"), "ADDED b")
	w.see(w.watch(configMaps+"?watch=1&timeoutSeconds=1&labelSelector=none"), "END")
}

func TestAWatchSeesThroughItsSelector(t *testing.T) {
	w := newWorld(t)
	next := w.watch(podsPath + "?watch=1&fieldSelector=spec.nodeName=one")
	w.ok("POST", podsPath, onePod("a"))
	w.ok("POST", podsPath, onePod("b"))
	w.ok("POST", podsPath+"/b/binding", `{"target":{"name":"two"}}`)
	w.ok("POST", podsPath+"/a/binding", `{"target":{"name":"one"}}`)
	w.ok("PUT", podsPath+"/a/status", `{"metadata":{"name":"a"},"status":{"phase":"Running"}}`)
	w.see(next, "ADDED a", "MODIFIED a")
	labelled := w.watch(podsPath + "?watch=1&labelSelector=x=y")
	for _, labels := range []string{`{"x":"y"}`, `{"x":"z"}`} {
		w.ok("PATCH", podsPath+"/a", `{"metadata":{"labels":`+labels+`}}`, "Content-Type: application/merge-patch+json")
	}
	w.see(labelled, "ADDED a", "DELETED a")
}

func TestAWatchFromWhatIsForgottenIsGone(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	object := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default"}}`
	if _, err := db.Write(t.Context(), store.Change{Key: "/registry/configmaps/default/a", Value: []byte(object)}); err != nil {
		t.Fatal(err)
	}
	w := newWorldOver(t, db) // its history begins behind that
	last := w.see(w.watch(configMaps+"?watch=1&resourceVersion=1"), "ERROR")
	if api.Int(last, "code") != http.StatusGone || api.String(last, "reason") != "Expired" || !strings.Contains(api.String(last, "message"), "too old resource version: 1") {
		t.Errorf("got %v", last)
	}
}

func TestATableIsWhatKubectlPrints(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", podsPath, onePod("a"))
	const table = "Accept: application/json;as=Table;v=v1;g=meta.k8s.io"
	listed := w.ok("GET", podsPath, "", table)
	rows, columns := api.Maps(listed.content, "rows"), api.Maps(listed.content, "columnDefinitions")
	if len(rows) != 1 || len(columns) != 9 || listed.str("kind") != "Table" {
		t.Fatalf("got %s", listed.text)
	}
	cells, _ := rows[0]["cells"].([]any)
	if got, want := fmt.Sprint(cells[:4]), "[a 0/1 Pending 0]"; got != want || len(cells) != len(columns) {
		t.Errorf("cells: got %s, want %s", got, want)
	}
	if got := api.String(rows[0], "object", "kind"); got != "PartialObjectMetadata" {
		t.Errorf("object of a row: got %s", got)
	}
	next := w.watch(podsPath+"?watch=1", table)
	if _, first := next(); len(api.Maps(first, "columnDefinitions")) != 9 {
		t.Errorf("first event: got %v", first)
	}
	w.ok("DELETE", podsPath+"/a", "")
	if _, second := next(); len(api.Maps(second, "columnDefinitions")) != 0 || len(api.Maps(second, "rows")) != 1 {
		t.Errorf("second event: got %v", second)
	}
}

func TestMetadataAloneCanBeAskedFor(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", configMaps, configMap("a", "1"))
	listed := w.ok("GET", configMaps, "", "Accept: application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
	if item := api.Maps(listed.content, "items")[0]; item["data"] != nil || api.String(item, "metadata", "name") != "a" || listed.str("kind") != "PartialObjectMetadataList" {
		t.Errorf("got %s", listed.text)
	}
}

func TestDiscoveryNamesEveryKindInBothForms(t *testing.T) {
	w := newWorld(t)
	const aggregated = "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	core := w.ok("GET", "/api", "", aggregated)
	if got := core.header.Get("Content-Type"); got != strings.TrimPrefix(aggregated, "Accept: ") {
		t.Errorf("content type: got %s", got)
	}
	for _, text := range []string{core.text, w.ok("GET", "/api/v1", "").text} {
		for _, want := range []string{`"pods"`, `"namespaces"`, "binding", "eviction", "status"} {
			if !strings.Contains(text, want) {
				t.Errorf("discovery lacks %s: %s", want, text)
			}
		}
	}
	if got := w.ok("GET", "/apis", "").text; !strings.Contains(got, `"preferredVersion":{"groupVersion":"apps/v1"`) {
		t.Errorf("groups: got %s", got)
	}
	if got := w.ok("GET", "/apis/apps/v1", "").text; !strings.Contains(got, `"deployments/scale"`) {
		t.Errorf("apps/v1: got %s", got)
	}
	w.refused(404, "could not find", "GET", "/apis/apps/v2", "")
}

func TestTheSchemaDescribesEveryKind(t *testing.T) {
	w := newWorld(t)
	index := w.ok("GET", "/openapi/v3", "")
	for path := range api.Map(index.content, "paths") {
		document := w.ok("GET", api.String(api.Map(index.content, "paths"), path, "serverRelativeURL"), "")
		if api.Map(document.content, "components", "schemas") == nil || api.Map(document.content, "paths") == nil {
			t.Errorf("%s: got %.200s", path, document.text)
		}
	}
	if got := w.ok("GET", "/openapi/v3/api/v1", "").text; !strings.Contains(got, "io.k8s.api.core.v1.Pod") {
		t.Errorf("api/v1 lacks pods: %.200s", got)
	}
}
