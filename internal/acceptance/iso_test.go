package acceptance

import (
	"os"
	"path/filepath"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
)

// demo returns the demo product and the path of its ISO.
func demo(t testing.TB) (*product.File, string) {
	t.Helper()
	root := judge.Repository(t)
	p, err := product.Load(root, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	iso := os.Getenv("CDB_ISO")
	if iso == "" {
		iso = filepath.Join(root, "releases", p.ReleaseName(), p.ReleaseName()+".iso")
	}
	if _, err := os.Stat(iso); err != nil {
		judge.Missing(t, "the demo ISO is not built: %v; make iso builds it", err)
	}
	return p, iso
}
