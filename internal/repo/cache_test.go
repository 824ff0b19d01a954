package repo

import (
	"reflect"
	"testing"

	"cdbuilder/internal/pkgset"

	"github.com/google/go-cmp/cmp"
)

func samePackages(t testing.TB, want, got []*pkgset.Package) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d packages, want %d", len(got), len(want))
	}
	for i := range want {
		if reflect.DeepEqual(want[i], got[i]) {
			continue
		}
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Fatalf("package %d: %s", i, diff)
		}
	}
}
