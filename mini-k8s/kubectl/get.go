package kubectl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// asTable asks for the rows that kubectl prints.
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io"

// Get says what to show and how.
type Get struct {
	Output    string // "", wide, name, yaml, json
	Labels    string
	Fields    string
	All       bool // namespaces
	Watch     bool
	NoHeaders bool
}

// Get shows objects.
func (k *Kubectl) Get(ctx context.Context, targets []Target, get Get) error {
	if get.All {
		k.Namespace = ""
	}
	switch get.Output {
	case "yaml", "json", "name":
		return k.getObjects(ctx, targets, get)
	case "", "wide":
	default:
		return fmt.Errorf("unable to match a printer suitable for the output format %q, allowed formats are: json,name,wide,yaml", get.Output)
	}
	if get.Watch && len(targets) > 1 {
		return errors.New("you may only specify a single resource type")
	}
	shown, several := 0, len(kindsOf(targets)) > 1
	for _, t := range targets {
		request := client.Request{Method: http.MethodGet, Path: k.path(t), Query: get.query(), Header: http.Header{"Accept": {asTable}}}
		if t.Name != "" && !get.Watch {
			request.Query = nil
		}
		if get.Watch {
			request.Path = k.path(Target{t.Kind, ""})
			request.Query.Set("watch", "true")
			if t.Name != "" {
				request.Query.Set("fieldSelector", "metadata.name="+t.Name)
			}
		}
		n, err := k.tables(ctx, request, &table{kind: t.Kind, get: get, several: several, skipBreak: shown == 0})
		if err != nil {
			return err
		}
		shown += n
	}
	if shown == 0 && !get.Watch {
		where := " in " + k.Namespace + " namespace."
		if k.Namespace == "" || !targets[0].Kind.Namespaced {
			where = ""
		}
		fmt.Fprintln(k.Err, "No resources found"+where)
	}
	return nil
}

func (g Get) query() url.Values {
	query := url.Values{}
	if g.Labels != "" {
		query.Set("labelSelector", g.Labels)
	}
	if g.Fields != "" {
		query.Set("fieldSelector", g.Fields)
	}
	return query
}

func kindsOf(targets []Target) map[*api.Kind]bool {
	kinds := map[*api.Kind]bool{}
	for _, t := range targets {
		kinds[t.Kind] = true
	}
	return kinds
}

// table is how rows of one kind are shown.
type table struct {
	kind      *api.Kind
	get       Get
	several   bool // others are shown as well: rows say of which kind they are
	skipBreak bool
	columns   []metav1.TableColumnDefinition
}

// tables prints the table that answers a request, or those of a watch, and says
// how many rows they had.
func (k *Kubectl) tables(ctx context.Context, r client.Request, t *table) (rows int, err error) {
	answer, err := k.Client.Do(ctx, r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	decoder := json.NewDecoder(answer.Body)
	for {
		part := &metav1.Table{}
		if t.get.Watch {
			event := struct{ Object *metav1.Table }{part}
			err = decoder.Decode(&event)
		} else {
			err = decoder.Decode(part)
		}
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += len(part.Rows)
		t.print(k.Out, part)
		if !t.get.Watch {
			return rows, nil
		}
	}
}

// print writes rows in columns. What is wide is left out unless asked for.
func (t *table) print(out io.Writer, part *metav1.Table) {
	if len(part.Rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(out, 6, 4, 3, ' ', 0) // kubectl's widths
	defer w.Flush()
	if len(part.ColumnDefinitions) > 0 {
		t.columns = part.ColumnDefinitions
		if t.several && !t.skipBreak {
			fmt.Fprintln(w)
		}
		if !t.get.NoHeaders {
			t.line(w, t.get.All, "NAMESPACE", func(i int) string { return strings.ToUpper(t.columns[i].Name) })
		}
	}
	for _, row := range part.Rows {
		o := metav1.PartialObjectMetadata{}
		_ = json.Unmarshal(row.Object.Raw, &o) // without metadata there is no namespace
		t.line(w, t.get.All, o.Namespace, func(i int) string {
			text := fmt.Sprint(row.Cells[i])
			if i == 0 && t.several {
				text = kindLabel(t.kind) + "/" + text
			}
			return text
		})
	}
}

func (t *table) line(w io.Writer, withNamespace bool, namespace string, cell func(i int) string) {
	var cells []string
	if withNamespace && t.kind.Namespaced {
		cells = append(cells, namespace)
	}
	for i, column := range t.columns {
		if column.Priority == 0 || t.get.Output == "wide" {
			cells = append(cells, cell(i))
		}
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// getObjects shows objects whole, or their names.
func (k *Kubectl) getObjects(ctx context.Context, targets []Target, get Get) error {
	var items []any
	for _, t := range targets {
		o, err := k.object(ctx, client.Request{Method: http.MethodGet, Path: k.path(t), Query: get.query()})
		if err != nil {
			return err
		}
		if t.Name != "" {
			items = append(items, o.Object)
			continue
		}
		for _, each := range api.Maps(o.Object, "items") {
			each["apiVersion"], each["kind"] = t.Kind.GroupVersion().String(), t.Kind.Kind
			items = append(items, each)
		}
	}
	for _, each := range items {
		o := &api.Object{Object: each.(map[string]any)}
		o.SetManagedFields(nil)
		if get.Output == "name" {
			fmt.Fprintln(k.Out, Target{k.Client.Kinds.FindKind(o.GroupVersionKind()), o.GetName()}.label())
		}
	}
	if get.Output == "name" {
		return nil
	}
	var shown any = map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": items}
	if len(targets) == 1 && targets[0].Name != "" {
		shown = items[0]
	}
	text, err := json.MarshalIndent(shown, "", "    ")
	if err == nil && get.Output == "yaml" {
		text, err = yaml.JSONToYAML(text)
	}
	if err == nil {
		_, err = fmt.Fprintln(k.Out, strings.TrimSuffix(string(text), "\n"))
	}
	return err
}
