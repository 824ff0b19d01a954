package iso9660

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// foreignTree writes a tree for other programs to make an image of, and leaves
// names out that they mangle themselves.
func foreignTree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write := func(p, s string, mode fs.FileMode) {
		t.Helper()
		p = filepath.Join(dir, p)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(s), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("README", "read me", 0o644)
	write("bin/run.sh", "#!/bin/sh", 0o755)
	write("empty", "", 0o600)
	write("names/"+strings.Repeat("n", 250), "long", 0o644)
	write("names/Größe", "umlaut", 0o644)
	write(strings.Repeat("deep/", 12)+"file", "deep", 0o644)
	for i := range 2000 {
		write(fmt.Sprintf("many/a-package-with-a-name_%04d_amd64.deb", i), fmt.Sprint(i), 0o644)
	}
	for name, target := range map[string]string{"up": "../README", "long": strings.Repeat("../links/", 20) + "up", "abs": "/bin/run.sh"} {
		if err := os.MkdirAll(filepath.Join(dir, "links"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, "links", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReaderReadsForeignImages(t *testing.T) {
	judge.Program(t, "xorriso")
	judge.Program(t, "genisoimage")
	dir := foreignTree(t)
	for _, c := range []struct {
		why   string
		argv  []string
		view  NameKind
		moved string // where plain names show the relocated directories
	}{
		{"xorriso with Rock Ridge and Joliet", []string{"xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-joliet-long"}, RockRidge, ""},
		{"xorriso with RRIP 1.12", []string{"xorriso", "-compliance", "new_rr", "-as", "mkisofs", "-quiet", "-R"}, RockRidge, ""},
		{"xorriso with relocation", []string{"xorriso", "-compliance", "deep_paths_off", "-as", "mkisofs", "-quiet", "-R", "-rr_reloc_dir", "moved"}, RockRidge, "MOVED"},
		{"genisoimage with Rock Ridge and relocation", []string{"genisoimage", "-quiet", "-R"}, RockRidge, "RR_MOVED"},
		{"genisoimage without relocation", []string{"genisoimage", "-quiet", "-R", "-D", "-J", "-joliet-long"}, RockRidge, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			img := openImage(t, foreignImage(t, dir, c.argv...))
			if img.Kind() != c.view {
				t.Fatalf("the best view is %v", img.Kind())
			}
			if c.moved != "" {
				plain, err := img.View(Plain)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := plain.Stat(c.moved + "/DEEP"); err != nil {
					t.Errorf("nothing was relocated: %v", err)
				}
			}
			got := survey(t, img)
			delete(got, "rr_moved") // genisoimage leaves it to be seen, as Linux does
			if diff := cmp.Diff(survey(t, os.DirFS(dir)), got); diff != "" {
				t.Errorf("(-tree +image):\n%.3000s", diff)
			}
		})
	}
}

func foreignImage(t testing.TB, dir string, argv ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "foreign.iso")
	argv = append(argv, "-o", name, dir)
	out, err := exec.Command(judge.Program(t, argv[0]), argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, tail(out))
	}
	return name
}

func TestReaderReadsForeignNames(t *testing.T) {
	judge.Program(t, "genisoimage")
	dir := t.TempDir()
	for p, s := range map[string]string{"Lower Case.txt": "1", "noext": "2", "ünicode": "3"} {
		if err := os.WriteFile(filepath.Join(dir, p), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		why   string
		argv  []string
		view  NameKind
		names []string
	}{
		{"Joliet alone", []string{"genisoimage", "-quiet", "-J", "-input-charset", "utf-8"}, Joliet, []string{"Lower Case.txt", "noext", "ünicode"}},
		{"plain 8.3", []string{"genisoimage", "-quiet", "-input-charset", "utf-8"}, Plain, []string{"LOWER_CA.TXT", "NOEXT", "__NICODE"}},
		{"ISO 9660:1999", []string{"genisoimage", "-quiet", "-iso-level", "4"}, Plain, nil},
		{"xorriso, Joliet alone", []string{"xorriso", "-as", "mkisofs", "-quiet", "--norock", "-J"}, Joliet, []string{"Lower Case.txt", "noext", "ünicode"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			img := openImage(t, foreignImage(t, dir, c.argv...))
			if img.Kind() != c.view {
				t.Errorf("the best view is %v", img.Kind())
			}
			got := paths(survey(t, img))
			if c.names == nil && len(got) == 3 {
				return
			}
			if diff := cmp.Diff(c.names, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReaderReadsForeignBootRecords(t *testing.T) {
	judge.Program(t, "xorriso")
	dir := t.TempDir()
	for p, s := range map[string]string{"isolinux.bin": fakeIsolinux(10_000), "esp": strings.Repeat("FAT", 70_000)} {
		if err := os.WriteFile(filepath.Join(dir, p), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	img := openImage(t, foreignImage(t, dir, "xorriso", "-as", "mkisofs", "-quiet", "-R", "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
		"-eltorito-alt-boot", "-e", "esp", "-no-emul-boot", "-isohybrid-gpt-basdat"))
	c, err := img.BootCatalog()
	if err != nil || len(c.Images) != 2 || c.Images[1].Platform != UEFI {
		t.Fatalf("%+v, %v", c, err)
	}
	if info, ok, err := img.BootInfo(c.Images[0].Block); !ok || err != nil {
		t.Errorf("boot information table %+v, %v", info, err)
	}
	if p, err := img.PathsAt(c.Images[1].Block); p[c.Images[1].Block] != "esp" || err != nil {
		t.Errorf("the second image is %v, %v", p, err)
	}
}
