package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	"go.yaml.in/yaml/v4"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// These tests read the manifests, and compare them with what zwb has. Neither kubectl nor a schema of Kubernetes is used, because
// a machine without a network has none: what Kubernetes itself makes of the manifests they cannot know, and fields are compared with a list.

// object is a document of YAML, or a part of one.
type object = map[string]any

func documents(t *testing.T, name string) (all []object) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("kubernetes", name))
	if err != nil {
		t.Fatal(err)
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document object
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, document)
	}
}

// manifest is zwb.yaml, by kind and name.
func manifest(t *testing.T) map[string]object {
	t.Helper()
	all := map[string]object{}
	for _, document := range documents(t, "zwb.yaml") {
		all[fmt.Sprintf("%s %s %s", document["apiVersion"], document["kind"], at[string](t, document, "metadata.name"))] = document
	}
	return all
}

// at is a value within an object, by keys and numbers with dots between.
func at[T any](t *testing.T, within any, path string) T {
	t.Helper()
	value := within
	for key := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case object:
			value = v[key]
		case []any:
			var n int
			if _, err := fmt.Sscan(key, &n); err != nil || n >= len(v) {
				t.Fatalf("%s: there is no %s", path, key)
			}
			value = v[n]
		default:
			t.Fatalf("%s: nothing has %s", path, key)
		}
	}
	is, ok := value.(T)
	if !ok {
		t.Fatalf("%s is %v", path, value)
	}
	return is
}

const (
	configMap   = "v1 ConfigMap zwb"
	statefulSet = "apps/v1 StatefulSet zwb"
	pod         = "spec.template.spec"
	container   = pod + ".containers.0"
)

// fields are those that the manifests use. A typing mistake is none of them.
var fields = strings.Fields(`apiVersion kind metadata name labels app data spec selector ports port targetPort sessionAffinity clusterIP
	publishNotReadyAddresses maxUnavailable matchLabels replicas serviceName podManagementPolicy minReadySeconds template annotations
	prometheus.io/scrape prometheus.io/port prometheus.io/path terminationGracePeriodSeconds automountServiceAccountToken securityContext runAsNonRoot
	runAsUser runAsGroup fsGroup seccompProfile type topologySpreadConstraints maxSkew topologyKey whenUnsatisfiable labelSelector containers image args
	containerPort readinessProbe livenessProbe httpGet path periodSeconds timeoutSeconds failureThreshold lifecycle preStop sleep seconds resources requests
	limits cpu memory readOnlyRootFilesystem allowPrivilegeEscalation capabilities drop volumeMounts mountPath readOnly volumes projected defaultMode sources
	configMap secret zwb.yaml`)

func checkFields(t *testing.T, within any) {
	t.Helper()
	switch v := within.(type) {
	case object:
		for key, value := range v {
			if !slices.Contains(fields, key) {
				t.Errorf("there is a field %q", key)
			}
			checkFields(t, value)
		}
	case []any:
		for _, value := range v {
			checkFields(t, value)
		}
	}
}

// TestManifest: everything that names something else names what is there.
func TestManifest(t *testing.T) {
	all := manifest(t)
	for _, want := range []string{configMap, "v1 Service zwb", "v1 Service zwb-pods", "policy/v1 PodDisruptionBudget zwb", statefulSet} {
		if all[want] == nil {
			t.Fatalf("there is no %s", want)
		}
	}
	for name, document := range all {
		checkFields(t, document)
		if app := at[string](t, document, "metadata.labels.app"); app != "zwb" {
			t.Errorf("%s belongs to %s", name, app)
		}
	}
	set := all[statefulSet]
	ports := map[string]int{}
	for _, port := range at[[]any](t, set, container+".ports") {
		ports[at[string](t, port, "name")] = at[int](t, port, "containerPort")
	}
	for _, service := range []string{"v1 Service zwb", "v1 Service zwb-pods"} {
		if target := at[string](t, all[service], "spec.ports.0.targetPort"); ports[target] == 0 {
			t.Errorf("%s leads to the port %s", service, target)
		}
	}
	for _, probe := range []string{"readinessProbe", "livenessProbe"} {
		if port := at[string](t, set, container+"."+probe+".httpGet.port"); port != "web" {
			t.Errorf("%s asks the port %s", probe, port)
		}
	}
	if name := at[string](t, set, "spec.serviceName"); all["v1 Service "+name] == nil {
		t.Errorf("there is no service %s", name)
	}
	for _, of := range []string{"spec.selector.matchLabels.app", "spec.template.metadata.labels.app"} {
		if app := at[string](t, set, of); app != "zwb" {
			t.Errorf("%s is %s", of, app)
		}
	}
}

// TestManifestFitsTheBridge: the command takes the file of the map, with the secrets beside it, and listens where the container says.
func TestManifestFitsTheBridge(t *testing.T) {
	all := manifest(t)
	set, image := all[statefulSet], dockerfile(t)
	mounted := at[string](t, set, container+".volumeMounts.0.mountPath")
	folder := t.TempDir()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"zwb.yaml": at[object](t, all[configMap], "data")["zwb.yaml"].(string), "bridge.nk": string(seed), "admin.token": strings.Repeat("t", 32)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var args []string
	for _, arg := range at[[]any](t, set, container+".args") {
		args = append(args, strings.Replace(arg.(string), mounted, folder, 1))
	}
	if args[0] != "serve" {
		t.Fatalf("it runs zwb %s", args)
	}
	listen := value(t, image, `ENV (ZWB_LISTEN=\S+)`)
	s, err := settings.Read("zwb serve", args[1:], []string{listen}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for i, address := range []string{s.Listen[0], s.Admin.Listen, s.Names["jobs"].Address[0]} {
		port := at[int](t, set, fmt.Sprintf("%s.ports.%d.containerPort", container, i))
		if !strings.HasSuffix(address, fmt.Sprintf(":%d", port)) {
			t.Errorf("port %d of the container is %d, and the bridge listens at %s", i, port, address)
		}
	}
	drain := time.Duration(*s.ZMQ.Drain)
	needs := time.Duration(at[int](t, set, container+".lifecycle.preStop.sleep.seconds"))*time.Second + drain + 10*time.Second
	if grace := time.Duration(at[int](t, set, pod+".terminationGracePeriodSeconds")) * time.Second; grace < needs {
		t.Errorf("it is killed %v after it was asked to end, and needs %v", grace, needs)
	}
	if user := value(t, image, `USER (\d+):`); user != fmt.Sprint(at[int](t, set, pod+".securityContext.runAsUser")) {
		t.Errorf("the image is for the user %s", user)
	}
	if limit, needs := mebibytes(t, at[string](t, set, container+".resources.limits.memory")), float64(s.Limits.Memory)*1.3/(1<<20); limit < needs {
		t.Errorf("the container has %v MiB, and the bridge may need %v", limit, needs)
	}
	checkNATS(t, len(s.Cluster.Servers()), mebibytes(t, "1Gi"))
}

// checkNATS looks whether the values of NATS' chart fit the bridges, which name so many servers, and whose histories have so many MiB.
func checkNATS(t *testing.T, servers int, histories float64) {
	t.Helper()
	values := documents(t, "nats.yaml")[0]
	if replicas := at[int](t, values, "config.cluster.replicas"); replicas != servers {
		t.Errorf("there are %d NATS nodes, and the bridges name %d", replicas, servers)
	}
	if size := mebibytes(t, at[string](t, values, "config.jetstream.fileStore.pvc.size")); size <= histories {
		t.Errorf("NATS has %v MiB for %v MiB of histories", size, histories)
	}
	if user := at[string](t, values, "config.merge.accounts.BRIDGES.users.0.nkey"); user != "UREPLACE" {
		t.Errorf("the key of the bridges is %s", user)
	}
}

func dockerfile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// value is what a pattern finds in a text.
func value(t *testing.T, text, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("nothing is like %s", pattern)
	}
	return match[1]
}

func mebibytes(t *testing.T, quantity string) float64 {
	t.Helper()
	var n float64
	var unit string
	if _, err := fmt.Sscanf(quantity, "%f%s", &n, &unit); err != nil {
		t.Fatalf("%s: %v", quantity, err)
	}
	of := map[string]float64{"Mi": 1, "Gi": 1 << 10}[unit]
	if of == 0 {
		t.Fatalf("%s is no quantity of memory", quantity)
	}
	return n * of
}
