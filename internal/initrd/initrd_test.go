package initrd

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/judge"
)

var stamp = time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)

// buildInit builds stage2 as the Makefile does.
func buildInit(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "init")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "cdbuilder/tools/stage2")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func openPackage(t testing.TB, path string) Package {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return Package{Name: filepath.Base(path), Reader: f}
}

func build(t testing.TB, change func(*Options)) ([]byte, *Report) {
	t.Helper()
	o := Options{
		Kernel: []Package{openPackage(t, debtest.Kernel(t, "trixie"))},
		Init:   buildInit(t),
		Shell:  openPackage(t, debtest.Fetch(t, "trixie", "busybox-static")),
		Time:   stamp,
	}
	if change != nil {
		change(&o)
	}
	var b bytes.Buffer
	report, err := Build(context.Background(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), report
}

func TestRealKernel(t *testing.T) {
	judge.Slow(t)
	data, report := build(t, nil)
	t.Logf("%s: %d modules, %d bytes, unpacked %d; unmet %v; %d firmware files", report.Release, report.Modules, len(data), report.Unpacked, report.Unmet, len(report.Firmware))
	if p := os.Getenv("KEEP"); p != "" {
		os.WriteFile(p, data, 0o644)
	}
}
