package client_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
}

func TestObjectsAreMadeReadChangedAndDeleted(t *testing.T) {
	w := clienttest.New(t)
	maps := client.Of[corev1.ConfigMap](w.Client)
	made := clienttest.Create(w, configMap("a"))
	made.Data = map[string]string{"key": "value"}
	if _, err := maps.Update(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Update(t.Context(), made); !client.IsConflict(err) {
		t.Errorf("an update of an old version: got %v, want a conflict", err)
	}
	if _, err := maps.Create(t.Context(), configMap("a")); !client.IsAlreadyExists(err) {
		t.Errorf("a second of one name: got %v", err)
	}
	if got, err := maps.Patch(t.Context(), "default", "a", types.MergePatchType, []byte(`{"metadata":{"labels":{"x":"y"}}}`)); err != nil || got.Data["key"] != "value" {
		t.Errorf("a patch: got %v, %v", got, err)
	}
	clienttest.Create(w, configMap("b"))
	if got, err := maps.List(t.Context(), "default", client.Selector{Labels: "x=y"}); err != nil || len(got) != 1 || got[0].Name != "a" {
		t.Errorf("a list by label: got %v, %v", got, err)
	}
	other := types.UID("another")
	if err := maps.Delete(t.Context(), "default", "a", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}}); !client.IsConflict(err) {
		t.Errorf("the deletion of another: got %v, want a conflict", err)
	}
	if err := maps.Delete(t.Context(), "default", "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Get(t.Context(), "default", "a"); !client.IsNotFound(err) {
		t.Errorf("what was deleted: got %v, want not found", err)
	}
}

func TestFieldsBelongToTheComponent(t *testing.T) {
	w := clienttest.New(t)
	made, err := client.Of[corev1.ConfigMap](w.Client.As("kube-scheduler")).Create(t.Context(), holding("a", "1"))
	if err != nil || len(made.ManagedFields) != 1 || made.ManagedFields[0].Manager != "kube-scheduler" {
		t.Errorf("got %v, %v", made.ManagedFields, err)
	}
}

func TestADeletionAnsweredByAStatusIsRead(t *testing.T) {
	w := clienttest.New(t)
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: appsv1.ReplicaSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Spec: clienttest.PodSpec()},
	}}
	clienttest.Create(w, set)
	if err := client.Of[appsv1.ReplicaSet](w.Client).Delete(t.Context(), "default", "web"); err != nil {
		t.Error(err)
	}
}

func TestAKubeconfigThatIsWrongIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	for text, want := range map[string]string{
		"current-context: here": `no cluster for context "here"`,
		"{":                     "reading kubeconfig " + file,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Load(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := client.Load(file + "-none"); err == nil || !strings.Contains(err.Error(), "`mini-k8s up` makes one") {
		t.Errorf("without a file: got %v", err)
	}
}
