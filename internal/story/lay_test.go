package story

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/testrepo"
)

// programs builds the programs of tools/ and returns their directory. It keeps
// them in build/story, so that the next run links only what has changed.
func programs(t testing.TB) string {
	t.Helper()
	dir, err := built()
	must(t, err)
	return dir
}

var built = sync.OnceValues(func() (string, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "build", "story", "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir+"/", "./tools/...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the tools: %w\n%s", err, out)
	}
	return dir, nil
})

// keys are made once and told apart by name.
type key struct {
	signer         *pgp.Signer
	public, secret []byte
}

var keys = struct {
	sync.Mutex
	byName map[string]*key
}{byName: map[string]*key{}}

func keyOf(name string) (*key, error) {
	keys.Lock()
	defer keys.Unlock()
	if k := keys.byName[name]; k != nil {
		return k, nil
	}
	signer, public, secret, err := testrepo.Key("The key "+name, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	keys.byName[name] = &key{signer, public, secret}
	return keys.byName[name], nil
}

// layProduct copies the stories' product into a directory, and leaves alone
// what is there already.
func layProduct(dir string) error {
	archive, err := keyOf("archive")
	if err != nil {
		return err
	}
	demo, err := os.ReadFile(filepath.Join("..", "..", "isotree", "keys", "demo-signing-key.asc"))
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"isotree/keys/archive.asc":          archive.public,
		"isotree/keys/demo-signing-key.asc": demo,
		"build/stage2/init":                 testrepo.Program(),
	}
	from := os.DirFS("testdata/product")
	err = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name], err = fs.ReadFile(from, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// layArchive writes an archive of the packages listed in text.
func layArchive(dir, text string, words ...string) error {
	packages, err := testrepo.Parse(text)
	if err != nil {
		return err
	}
	a := testrepo.Archive{Date: time.Now().Add(-time.Minute), Packages: append(testrepo.Boot(), packages...)}
	signer := "archive"
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "bare":
			a.Packages = packages
		case "key":
			signer = value
		case "date", "valid":
			d, err := time.ParseDuration(value)
			if err != nil {
				return err
			}
			if name == "date" {
				a.Date = time.Now().Add(d)
			} else {
				a.ValidUntil = time.Now().Add(d)
			}
		case "byhash":
			a.ByHash = true
		case "detached":
			a.Detached = true
		case "unsigned":
			signer = ""
		default:
			return fmt.Errorf("archive: what is %q?", word)
		}
	}
	if signer != "" {
		k, err := keyOf(signer)
		if err != nil {
			return err
		}
		a.Signer = k.signer
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return a.Write(dir)
}

// list writes a line for everything below a directory: mode, size, digest, name.
func list(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			fmt.Fprintf(&b, "dir %s\n", name)
		case d.Type()&fs.ModeSymlink != 0:
			fmt.Fprintf(&b, "link %s\n", name)
		default:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "file %s %d %x\n", name, len(data), sha256.Sum256(data))
		}
		return nil
	})
	return b.String(), err
}
