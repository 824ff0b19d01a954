package storage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/storage"
)

// TestFind installs two systems that are nothing but an fstab and a name, one
// of them into a subvolume, and finds and mounts them.
func TestFind(t *testing.T) {
	kernel(t, "ext4")
	kernel(t, "btrfs")
	name, second := loop(t, 1*gib), loop(t, 1*gib)
	plan := func(disk, text string) *storage.Plan {
		t.Helper()
		r := recipe(t, "F40", "clearpart --all --initlabel --drives="+disk+"\nbootloader --location=none\n"+text)
		p, err := storage.Make(r, machine(storage.BIOS, probe(t, disk)...), storage.Options{Random: strings.NewReader(strings.Repeat(disk+" random", 99))})
		if err != nil {
			t.Fatal(err)
		}
		execute(t, p)
		root := filepath.Join(t.TempDir(), "sysimage")
		if err := p.Mount(root); err != nil {
			t.Fatal(err)
		}
		defer p.Unmount(root)
		for file, text := range map[string]string{
			"etc/os-release": "NAME=x\nPRETTY_NAME=\"Test System on " + disk + "\"\n",
			"etc/fstab":      p.Fstab() + "LABEL=gone /gone ext4 defaults 0 0\nproc /proc proc defaults 0 0\n",
			"home/marker":    "home of " + disk,
		} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	plan(name, "part / --fstype=ext4 --size=200\npart /home --fstype=ext4 --size=100\n")
	plan(second, "part btrfs.1 --size=400\nbtrfs none --label=pool btrfs.1\nbtrfs / --subvol --name=root LABEL=pool\nbtrfs /home --subvol --name=home LABEL=pool\n")
	f := storage.Finder{Tools: tools(t)}
	if err := f.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	systems, err := f.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, disk := range []string{name, second} {
		found := false
		for _, s := range systems {
			if s.Name != "Test System on "+disk {
				continue
			}
			found = true
			root := filepath.Join(t.TempDir(), "rescue")
			missing, err := f.Mount(s, root)
			if err != nil {
				t.Fatal(err)
			}
			if missing == nil || !strings.Contains(missing.Error(), "LABEL=gone") || strings.Contains(missing.Error(), "/home") {
				t.Errorf("missing: %v", missing)
			}
			if data, err := os.ReadFile(filepath.Join(root, "home/marker")); string(data) != "home of "+disk {
				t.Errorf("%s: its home holds %q (%v)", s, data, err)
			}
			if err := storage.Unmount(root); err != nil {
				t.Error(err)
			}
		}
		if !found {
			t.Errorf("the system on %s was not found among %v", disk, systems)
		}
	}
}
