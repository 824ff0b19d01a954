package pkgset

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClosure(t *testing.T) {
	lock := Lock{Package: []Locked{
		{Name: "a", Needs: []string{"b", "gone"}, Wants: []string{"c"}},
		{Name: "b", Needs: []string{"a"}},
		{Name: "c", Needs: []string{"d"}},
		{Name: "d"},
		{Name: "e"},
	}}
	tests := []struct {
		name  string
		roots []string
		wants bool
		found []string
	}{
		{"what it needs, in a circle too", []string{"a"}, false, []string{"a", "b"}},
		{"what it wants", []string{"a"}, true, []string{"a", "b", "c", "d"}},
		{"several, and one that isn't there", []string{"e", "c", "nothing"}, false, []string{"c", "d", "e"}},
		{"nothing", nil, true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			roots := slices.Clone(test.roots)
			got := slices.Sorted(maps.Keys(lock.Closure(roots, test.wants)))
			if d := cmp.Diff(test.found, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(test.roots, roots); d != "" {
				t.Errorf("the roots were changed (-before +after):\n%s", d)
			}
		})
	}
}
