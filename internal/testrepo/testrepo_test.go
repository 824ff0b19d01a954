package testrepo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// output runs a real program and returns what it says.
func output(t testing.TB, argv ...string) string {
	t.Helper()
	argv[0] = judge.Program(t, argv[0])
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", argv, err, out)
	}
	return string(out)
}

const shelf = `Package: web
Version: 2:1.4-1
Depends: libweb (>= 1.4), mime | shared-mime
Bulk: 3001

Package: libweb
Version: 1.4-1

Package: mime
Architecture: all
`

// write makes a signed archive in a fresh directory, and returns its public key.
func write(t testing.TB, change func(*Archive)) (dir string, public []byte) {
	t.Helper()
	packages, err := Parse(shelf)
	must(t, err)
	now := time.Now()
	signer, public, _, err := Key("Archive", now.Add(-time.Hour))
	must(t, err)
	a := Archive{Date: now.Add(-time.Minute), Packages: packages, Signer: signer}
	if change != nil {
		change(&a)
	}
	dir = t.TempDir()
	must(t, a.Write(dir))
	return dir, public
}

// dpkg reads the packages, and installs and configures one.
func TestDpkgTakesThePackages(t *testing.T) {
	dir, _ := write(t, nil)
	file := filepath.Join(dir, "pool/main/w/web/web_1.4-1_amd64.deb")
	if got := output(t, "dpkg-deb", "--field", file, "Package", "Version", "Depends"); got != "Package: web\nVersion: 2:1.4-1\nDepends: libweb (>= 1.4), mime | shared-mime\n" {
		t.Errorf("fields:\n%s", got)
	}
	for _, want := range []string{"drwxr-xr-x root/root         0 2020-01-01 00:00 ./usr/share/web/\n", "-rw-r--r-- root/root      3001 2020-01-01 00:00 ./usr/share/web/bulk\n"} {
		if got := output(t, "dpkg-deb", "--contents", file); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, p := range Boot() {
		data, err := p.Deb()
		must(t, err)
		name := filepath.Join(t.TempDir(), "x.deb")
		must(t, os.WriteFile(name, data, 0o644))
		root := t.TempDir()
		output(t, "dpkg-deb", "--extract", name, root)
		for _, f := range p.Files {
			if got, err := os.ReadFile(filepath.Join(root, f.Name)); err != nil || !bytes.Equal(got, f.Data) {
				t.Errorf("%s: %s: %d bytes, %v", p.name(), f.Name, len(got), err)
			}
		}
	}
}

// apt verifies the signature, reads the index and would install.
func TestAptTakesTheArchive(t *testing.T) {
	for name, change := range map[string]func(*Archive){
		"inline signature":   nil,
		"detached signature": func(a *Archive) { a.Detached = true },
		"by hash":            func(a *Archive) { a.ByHash = true },
	} {
		t.Run(name, func(t *testing.T) {
			dir, public := write(t, change)
			mirror := Serve(dir)
			defer mirror.Close()
			root := t.TempDir()
			for _, d := range []string{"state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d"} {
				must(t, os.MkdirAll(filepath.Join(root, d), 0o755))
			}
			key := filepath.Join(root, "key.asc")
			must(t, os.WriteFile(key, public, 0o644))
			must(t, os.WriteFile(filepath.Join(root, "status"), nil, 0o644))
			must(t, os.WriteFile(filepath.Join(root, "etc/sources.list"), fmt.Appendf(nil, "deb [arch=amd64 signed-by=%s] %s trixie main\n", key, mirror.URL), 0o644))
			apt := func(args ...string) string {
				return output(t, append([]string{"apt-get", "-o", "Dir::State=" + root + "/state", "-o", "Dir::Cache=" + root + "/cache", "-o", "Dir::Etc=" + root + "/etc",
					"-o", "Dir::State::status=" + root + "/status", "-o", "APT::Architecture=amd64", "-o", "APT::Sandbox::User=", "-o", "Acquire::Languages=none"}, args...)...)
			}
			if said := apt("update"); strings.Contains(said, "W:") || strings.Contains(said, "E:") {
				t.Fatalf("apt-get update:\n%s", said)
			}
			if said := apt("install", "-s", "web"); !strings.Contains(said, "Inst web (2:1.4-1 ") || !strings.Contains(said, "Inst mime") {
				t.Errorf("apt-get install:\n%s", said)
			}
			apt("download", "-o", "Dir::Cache::archives="+root, "--print-uris", "web")
			if asked := strings.Join(mirror.Asked(), "\n"); strings.Contains(asked, "by-hash") != (name == "by hash") {
				t.Errorf("apt asked for\n%s", asked)
			}
		})
	}
}

func TestMirrorMisbehaves(t *testing.T) {
	dir, _ := write(t, nil)
	const deb = "pool/main/w/web/web_1.4-1_amd64.deb"
	whole, err := os.ReadFile(filepath.Join(dir, deb))
	must(t, err)
	m := Serve(dir)
	defer m.Close()
	client := http.Client{Timeout: 300 * time.Millisecond}
	get := func() (status int, data []byte, err error) {
		resp, err := client.Get(m.URL + "/" + deb)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		data, err = io.ReadAll(resp.Body)
		return resp.StatusCode, data, err
	}
	good := func() {
		t.Helper()
		if status, data, err := get(); err != nil || status != 200 || !bytes.Equal(data, whole) {
			t.Errorf("a good mirror: status %d, %d bytes, %v", status, len(data), err)
		}
	}
	good()
	for name, want := range map[string]string{
		"flip": fmt.Sprintf("200 %d <nil>", len(whole)), "cut": fmt.Sprintf("200 %d <nil>", len(whole)/2), "drop": "0 unexpected EOF",
		"hang": "0 0 Get", "stall": "0 context deadline", "missing": "404", "broken": "503",
	} {
		m.Spoil("pool/", Faults[name])
		status, data, err := get()
		got := fmt.Sprintf("%d %d %v", status, len(data), err)
		if err != nil && len(data) > 0 {
			got = fmt.Sprintf("0 %v", err)
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if name == "flip" && sha256.Sum256(data) == sha256.Sum256(whole) {
			t.Error("nothing is flipped")
		}
		m.Mend()
		good()
	}
	m.Slow(len(whole) * 10)
	begun := time.Now()
	good()
	if took := time.Since(begun); took < 60*time.Millisecond {
		t.Errorf("the slow mirror took %s", took)
	}
	if asked := m.Asked(); len(asked) < 9 || asked[0] != deb || len(m.Asked()) != 0 {
		t.Errorf("asked: %q", asked)
	}
	m.Close()
	if _, _, err := get(); err == nil {
		t.Error("a closed mirror answers")
	}
}
