package kickstart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
)

// TestReadme fills the README of the demo product's medium.
func TestReadme(t *testing.T) {
	top := judge.Repository(t)
	p, err := product.Load(top, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(top, "isotree", "README.in"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Expand("README.in", string(text), NewData(p, p.ReleaseName(), p.VolumeLabel()))
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{p.Product.Name, p.ReleaseName(), "LABEL=" + p.VolumeLabel()} {
		if !strings.Contains(string(out), must) {
			t.Errorf("README doesn't say %q:\n%s", must, out)
		}
	}
	for i, line := range strings.Split(string(out), "\n") {
		if len(line) > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("README:%d: longer than 80 columns, or spaces at its end: %q", i+1, line)
		}
	}
	t.Logf("%s", out)
}
