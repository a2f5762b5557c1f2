package apiserver_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"
)

const (
	services = "/api/v1/namespaces/default/services"
	spaces   = "/api/v1/namespaces"
)

func oneService(name, more string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q},"spec":{"ports":[{"port":80}]%s}}`, name, more)
}

func TestAClusterHasWhatClientsExpect(t *testing.T) {
	w := newWorld(t)
	if got, want := fmt.Sprint(w.ok("GET", spaces, "").names()), "[default kube-node-lease kube-public kube-system]"; got != want {
		t.Errorf("namespaces: got %s, want %s", got, want)
	}
	if got := w.ok("GET", services+"/kubernetes", "").str("spec.clusterIP"); got != "10.96.0.1" {
		t.Errorf("address of the API server: got %s", got)
	}
	w.refused(403, "this namespace may not be deleted", "DELETE", spaces+"/default", "")
}

func TestTheServersOwnServiceLeadsToWhereItIsNow(t *testing.T) {
	const slice = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
	db, err := store.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, address := range []string{"192.0.2.1:6443", "192.0.2.2:7443"} { // the second is started over the first one's store
		t.Run(address, func(t *testing.T) {
			w := newWorldAt(t, db, address)
			w.await("the endpoint is "+address, func() bool {
				text := w.do("GET", slice, "").text
				host, port, _ := strings.Cut(address, ":")
				return strings.Contains(text, `"addresses":["`+host+`"]`) && strings.Contains(text, `"port":`+port)
			})
		})
	}
	t.Run("loopback", func(t *testing.T) {
		if got := newWorld(t).do("GET", slice, ""); got.code != http.StatusNotFound {
			t.Errorf("a server on the machine's loopback has the endpoint %s, which is every pod's own", got.text)
		}
	})
}

func TestEveryServiceHasAnAddressOfItsOwn(t *testing.T) {
	w := newWorld(t)
	var mutex sync.Mutex
	seen := map[string]bool{}
	var group sync.WaitGroup
	const number = 30
	for i := range number {
		group.Go(func() {
			address := w.ok("POST", services, oneService(fmt.Sprintf("s%d", i), `,"type":"NodePort"`))
			port := api.Int(api.Maps(address.content, "spec", "ports")[0], "nodePort")
			mutex.Lock()
			defer mutex.Unlock()
			seen[address.str("spec.clusterIP")], seen[fmt.Sprint(port)] = true, true
		})
	}
	group.Wait()
	if len(seen) != 2*number {
		t.Errorf("got %d different addresses and ports, want %d", len(seen), 2*number)
	}
}

func TestAnAddressThatIsAskedForIsCheckedAndKept(t *testing.T) {
	w := newWorld(t)
	dns := w.ok("POST", services, oneService("dns", `,"clusterIP":"10.96.0.10"`))
	w.refused(422, "provided IP is already allocated", "POST", services, oneService("b", `,"clusterIP":"10.96.0.10"`))
	w.refused(422, "The range of valid IPs is 10.96.0.0/12", "POST", services, oneService("b", `,"clusterIP":"10.0.0.1"`))
	w.refused(422, "must be a valid IP address", "POST", services, oneService("b", `,"clusterIP":"ten"`))
	w.refused(422, "The range of valid ports is 30000-32767", "POST", services, `{"metadata":{"name":"b"},"spec":{"type":"NodePort","ports":[{"port":80,"nodePort":80}]}}`)
	// A client may replace a Service without repeating what it was given.
	kept := w.ok("PUT", services+"/dns", oneService("dns", `,"selector":{"a":"b"}`))
	if got, want := kept.str("spec.clusterIP"), dns.str("spec.clusterIP"); got != want {
		t.Errorf("replaced: got %s, want %s", got, want)
	}
	w.refused(422, "field is immutable", "PUT", services+"/dns", oneService("dns", `,"clusterIP":"10.96.0.11"`))
	if got := w.ok("POST", services, oneService("headless", `,"clusterIP":"None"`)).str("spec.clusterIPs"); got != "[None]" {
		t.Errorf("headless: got %s", got)
	}
	w.ok("DELETE", services+"/dns", "")
	w.ok("POST", services, oneService("again", `,"clusterIP":"10.96.0.10"`))
}

func TestANamespaceEndsWhenItIsEmptied(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", spaces, `{"metadata":{"name":"room"}}`)
	w.ok("POST", spaces+"/room/configmaps", configMap("a", "1"))
	w.ok("DELETE", spaces+"/room", "")
	if got := w.ok("GET", spaces+"/room", "").str("status.phase"); got != "Terminating" {
		t.Errorf("phase: got %s", got)
	}
	w.refused(403, "unable to create new content in namespace room because it is being terminated", "POST", spaces+"/room/configmaps", configMap("b", "1"))
	w.ok("PUT", spaces+"/room/finalize", `{"metadata":{"name":"room"},"spec":{"finalizers":[]}}`)
	w.refused(404, "not found", "GET", spaces+"/room", "")
}

func TestAPodIsCompleted(t *testing.T) {
	w := newWorld(t)
	pod := w.ok("POST", podsPath, strings.Replace(onePod("a"), `"image":"nginx:1"`, `"image":"nginx:1","resources":{"limits":{"cpu":"0.5"}},"ports":[{"containerPort":80}],"livenessProbe":{"httpGet":{"port":80}}`, 1))
	for path, want := range map[string]string{
		"spec.serviceAccountName": "default", "spec.restartPolicy": "Always", "spec.dnsPolicy": "ClusterFirst", "spec.schedulerName": "default-scheduler",
		"spec.terminationGracePeriodSeconds": "30", "spec.priority": "0", "status.phase": "Pending", "status.qosClass": "Burstable", "metadata.generation": "1",
	} {
		if got := pod.str(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	container := api.Maps(pod.content, "spec", "containers")[0]
	for want, got := range map[string]string{
		"500m": api.String(container, "resources", "requests", "cpu"), "IfNotPresent": api.String(container, "imagePullPolicy"),
		"TCP": api.String(api.Maps(container, "ports")[0], "protocol"), "/": api.String(container, "livenessProbe", "httpGet", "path"),
	} {
		if got != want {
			t.Errorf("container: got %q, want %q", got, want)
		}
	}
	if got := len(api.Maps(pod.content, "spec", "tolerations")); got != 2 {
		t.Errorf("tolerations: got %d, want 2", got)
	}
	w.refused(422, "pod updates may not change fields other than", "PATCH", podsPath+"/a", `{"spec":{"hostNetwork":true}}`, byMerge)
	w.ok("PATCH", podsPath+"/a", `{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}`, byStrategy)
}
