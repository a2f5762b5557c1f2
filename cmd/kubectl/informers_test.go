package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// patience is how long a test waits for a fact: that of all tests of the project,
// whose packages are another module's.
const patience = time.Minute

// await waits for a fact.
func await(t *testing.T, fact string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come true that %s", fact)
		}
	}
}

// start runs an API server of mini-k8s and returns the kubeconfig that leads to it.
func start(t *testing.T) string {
	program, err := filepath.Abs("../../bin/mini-k8s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("no bin/mini-k8s: `make build` builds it")
	}
	state := t.TempDir()
	server := exec.Command(program, "apiserver", "--data-dir", state, "--secure-port", "0")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // unless it has ended
		_ = server.Wait()         // it was killed
	})
	kubeconfig := filepath.Join(state, "pki", "admin.conf")
	await(t, "the API server is ready", func() bool {
		_, err := clientcmd.LoadFromFile(kubeconfig)
		return err == nil
	})
	return kubeconfig
}

// An informer of client-go, which every controller of Kubernetes is built on, sees
// what kubectl sees: what was there, what comes and what goes.
func TestInformersSeeWhatKubectlSees(t *testing.T) {
	kubeconfig := start(t)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	maps := client.CoreV1().ConfigMaps("default")
	create := func(name string) {
		t.Helper()
		_, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"a": "b"}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	create("first")
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace("default"))
	informer := factory.Core().V1().ConfigMaps().Informer()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		t.Fatal("the informer did not get to know what is there")
	}
	create("second")
	if err := maps.Delete(t.Context(), "first", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"default/second", "default/second default/third"} {
		var seen []string
		await(t, "the informer has "+want, func() bool {
			seen = slices.DeleteFunc(informer.GetStore().ListKeys(), func(key string) bool { return key == "default/kube-root-ca.crt" })
			slices.Sort(seen)
			return strings.Join(seen, " ") == want
		})
		if want == "default/second" {
			create("third")
		}
	}
	shown, err := exec.Command("../../bin/kubectl", "--kubeconfig", kubeconfig, "get", "configmaps", "-o", "name").Output()
	if err != nil {
		t.Fatalf("kubectl, which `make kubectl` builds: %v", err)
	}
	for _, name := range []string{"second", "third"} {
		if !strings.Contains(string(shown), "configmap/"+name+"\n") {
			t.Errorf("kubectl shows no %s:\n%s", name, shown)
		}
	}
}
