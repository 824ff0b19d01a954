// Package judge says, in one place, what a test needs from the machine: real
// programs that judge our output, QEMU, the network, root, the corpus. A test
// whose need is not met skips and says why; under make test (CDB_TEST=full) and
// in CI (CI=true) everything has been installed, so there it fails instead.
package judge

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Full reports whether an unmet need is a failure.
func Full() bool { return os.Getenv("CI") == "true" || os.Getenv("CDB_TEST") == "full" }

// Program returns the path of a real program, looking also into the sbin
// directories that an unprivileged PATH lacks.
func Program(t testing.TB, name string) string {
	t.Helper()
	if p, err := exec.LookPath(name); err == nil {
		return p
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return p
		}
	}
	Missing(t, "the program %s is not installed; make setup installs every judge", name)
	return ""
}

// QEMU needs the emulator and the firmware for it.
func QEMU(t testing.TB) {
	t.Helper()
	Program(t, "qemu-system-x86_64")
	if _, err := os.Stat("/usr/share/OVMF/OVMF_CODE_4M.ms.fd"); err != nil {
		Missing(t, "the UEFI firmware is not installed: %v; make setup installs it", err)
	}
}

// Network needs the Debian mirror that url stands for to answer.
func Network(t testing.TB, url string) {
	t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	resp, err := client.Head(url)
	if err != nil {
		Missing(t, "the package mirror does not answer: %v", err)
		return
	}
	resp.Body.Close()
}

// Root needs the test to run as root.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "this test needs root")
	}
}

// Slow keeps a test of minutes out of go test -short.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes; run without -short")
	}
}

// Installation keeps a test that installs whole machines, or large parts of
// them, for those who ask for it: make install-matrix. Without KVM each takes
// minutes to a quarter of an hour.
func Installation(t testing.TB) {
	t.Helper()
	if os.Getenv("CDB_TEST_INSTALL") == "" {
		t.Skip("installs a machine under emulation; make install-matrix runs it")
	}
}

// Corpus returns the folder of real files that nobody here wrote: CORPUS, or
// shared/corpus beside the repository.
func Corpus(t testing.TB, class string) string {
	t.Helper()
	root := os.Getenv("CORPUS")
	if root == "" {
		root = filepath.Join(Repository(t), "..", "shared", "corpus")
	}
	dir := filepath.Join(root, class)
	if _, err := os.Stat(dir); err != nil {
		Missing(t, "the corpus class %s is not there: %v", class, err)
	}
	return dir
}

// Sources is the table of where the files of a corpus class come from and what
// they are: a row for each, its cells by the name of their column.
func Sources(t testing.TB, class string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Corpus(t, class), "SOURCES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	head := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, cell := range strings.Split(line, "\t") {
			row[head[i]] = strings.TrimSpace(cell)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("the corpus class %s is empty", class)
	}
	return rows
}

// Repository is the repository's top directory, found from the test's own.
func Repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = up
	}
}

// Missing says that a need is not met: a failure under make test and in CI, a
// skip elsewhere.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Full() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
