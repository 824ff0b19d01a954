package product

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// layout writes a product directory; a content of "dir" makes a directory, and
// one that begins with "-> " a symbolic link.
func layout(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(content, "-> "); link {
			err = os.Symlink(target, path)
		} else if content == "dir" {
			err = os.Mkdir(path, 0o755)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadLooksForFiles(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string // "" is accepted
	}{
		"all there":       {map[string]string{"keys/archive.asc": "x", "keys/own.asc": "x"}, ""},
		"a link inside":   {map[string]string{"keys/archive.asc": "-> own.asc", "keys/own.asc": "x"}, ""},
		"no public key":   {map[string]string{"keys/own.asc": "x"}, `:16: "keys/archive.asc" in repository.keys does not exist; put the public key there`},
		"no secret key":   {map[string]string{"keys/archive.asc": "x"}, `:18: signing.key = "keys/own.asc" does not exist`},
		"a directory":     {map[string]string{"keys/archive.asc": "dir", "keys/own.asc": "x"}, `:16: "keys/archive.asc" in repository.keys is not a file`},
		"no kickstart":    {map[string]string{"keys/archive.asc": "x", "keys/own.asc": "x"}, `:20: installer.kickstart = "kickstart/server.ks" does not exist; put the kickstart there`},
		"a link outwards": {map[string]string{"keys/archive.asc": "-> /etc/passwd", "keys/own.asc": "x"}, `:16: "keys/archive.asc" in repository.keys cannot be read`},
	} {
		t.Run(name, func(t *testing.T) {
			c.files[FileName] = good + "[installer]\nkickstart = \"server.ks\"\n"
			if c.files["kickstart/server.ks"] == "" && !strings.Contains(c.want, "server.ks") {
				c.files["kickstart/server.ks"] = "x"
			}
			dir := layout(t, c.files)
			f, err := Load(dir, none)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want == "" && (f.Dir != dir || f.Path != filepath.Join(dir, FileName)):
				t.Errorf("dir %s, path %s", f.Dir, f.Path)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("no %q in %v", c.want, err)
			}
		})
	}
}

func TestLoadJoinsFilesAndValuesInOneReport(t *testing.T) {
	dir := layout(t, map[string]string{FileName: strings.Replace(good, "number = 1", "number = 1000", 1)})
	_, err := Load(dir, func(key string) string {
		return map[string]string{"SOURCE_DATE_EPOCH": "yesterday"}[key]
	})
	for _, want := range []string{":9: release.number", ":16: ", ":18: ", `SOURCE_DATE_EPOCH="yesterday"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestEnvironmentOverrides(t *testing.T) {
	dir := layout(t, map[string]string{FileName: good + "[mirror]\ndirectory = \"out\"\n", "keys/archive.asc": "x", "keys/own.asc": "x"})
	f, err := Load(dir, none)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "out"); f.Mirror.Directory != want {
		t.Errorf("mirror: got %s, want %s", f.Mirror.Directory, want)
	}
	f, err = Load(dir, func(key string) string {
		return map[string]string{"SOURCE_DATE_EPOCH": "1700000000", "MIRROR_DIR": "/srv/m"}[key]
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.Mirror.Directory != "/srv/m" || !f.Epoch.Equal(time.Unix(1700000000, 0)) || f.Epoch.Location() != time.UTC {
		t.Errorf("mirror %s, epoch %s", f.Mirror.Directory, f.Epoch)
	}
	t.Chdir(dir)
	f, err = Load(".", func(key string) string { return map[string]string{"MIRROR_DIR": "near"}[key] })
	if want := filepath.Join(dir, "near"); err != nil || f.Mirror.Directory != want || f.Join(want) != want {
		t.Errorf("mirror from here: got %+v, %v; want %s", f.Mirror, err, want)
	}
	for _, epoch := range []string{"0", "-1", "99999999999", "1e9", "0x10"} {
		if _, err := Load(dir, func(key string) string { return map[string]string{"SOURCE_DATE_EPOCH": epoch}[key] }); err == nil {
			t.Errorf("SOURCE_DATE_EPOCH=%s was accepted", epoch)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "nowhere"), none)
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}
