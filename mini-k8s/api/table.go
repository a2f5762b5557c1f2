package api

import (
	"cmp"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Table is the kinds that a server knows. Custom ones come and go while it runs.
type Table struct {
	mutex sync.RWMutex
	kinds []*Kind
}

// NewTable returns a table of kinds.
func NewTable(kinds ...*Kind) *Table { return &Table{kinds: kinds} }

// Find returns the kind that a path names by group, version and plural; nil
// when there is none.
func (t *Table) Find(version schema.GroupVersion, plural string) *Kind {
	return t.first(func(k *Kind) bool { return k.Plural == plural && k.GroupVersion() == version })
}

// FindKind returns the kind that an object says it is of.
func (t *Table) FindKind(kind schema.GroupVersionKind) *Kind {
	return t.first(func(k *Kind) bool { return k.GroupVersionKind() == kind })
}

func (t *Table) first(is func(*Kind) bool) *Kind {
	t.mutex.RLock()
	defer t.mutex.RUnlock()
	if at := slices.IndexFunc(t.kinds, is); at >= 0 {
		return t.kinds[at]
	}
	return nil
}

// All returns the kinds by group, version and plural.
func (t *Table) All() []*Kind {
	t.mutex.RLock()
	defer t.mutex.RUnlock()
	sorted := slices.Clone(t.kinds)
	slices.SortFunc(sorted, func(a, b *Kind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Plural, b.Plural))
	})
	return sorted
}

// Versions returns the group-versions that have kinds, in order.
func (t *Table) Versions() []schema.GroupVersion {
	var versions []schema.GroupVersion
	for _, k := range t.All() {
		if !slices.Contains(versions, k.GroupVersion()) {
			versions = append(versions, k.GroupVersion())
		}
	}
	return versions
}
