package iso9660

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMangling(t *testing.T) {
	for _, c := range []struct {
		why    string
		names  []string // a slash at the end makes it a directory
		iso    []string
		joliet []string
	}{
		{"plain names keep what they are", []string{"README", "vmlinuz", "initrd.img"}, []string{"README.", "INITRD.IMG", "VMLINUZ."}, []string{"README", "initrd.img", "vmlinuz"}},
		{"directories have no extension", []string{"dists/", "debian-12.5/"}, []string{"DEBIAN_12_5", "DISTS"}, []string{"debian-12.5", "dists"}},
		{"what needs no mangling goes first", []string{"a-b", "a_b"}, []string{"A_B_1.", "A_B."}, []string{"a-b", "a_b"}},
		{"case alone is no difference", []string{"FOO", "Foo", "foo"}, []string{"FOO.", "FOO_1.", "FOO_2."}, []string{"FOO", "Foo~1", "foo~2"}},
		{"a file and a directory differ too", []string{"FOO/", "foo"}, []string{"FOO", "FOO_1."}, []string{"FOO", "foo~1"}},
		{"a number does not hit a given name", []string{"x+", "x-", "x__1"}, []string{"X_.", "X__2.", "X__1."}, []string{"x+", "x-", "x__1"}},
		{"the extension survives", []string{strings.Repeat("a", 40) + ".deb", strings.Repeat("a", 41) + ".deb"},
			[]string{strings.Repeat("A", 27) + ".DEB", strings.Repeat("A", 25) + "_1.DEB"}, []string{strings.Repeat("a", 40) + ".deb", strings.Repeat("a", 41) + ".deb"}},
		{"long extensions are cut", []string{"f.verylongextension"}, []string{"F.VERYLONG"}, []string{"f.verylongextension"}},
		{"a leading dot is no extension", []string{".disk"}, []string{"_DISK."}, []string{".disk"}},
		{"Joliet has 103 characters", []string{strings.Repeat("ü", 110) + "1.deb", strings.Repeat("ü", 110) + "2.deb"},
			[]string{strings.Repeat("_", 27) + ".DEB", strings.Repeat("_", 25) + "_1.DEB"}, []string{strings.Repeat("ü", 99) + ".deb", strings.Repeat("ü", 97) + "~1.deb"}},
		{"Joliet has only the basic plane", []string{"a_", "a🤡", "a🤖"}, []string{"A_.", "A__1.", "A__2."}, []string{"a_", "a_~1", "a_~2"}},
		{"Joliet names don't end in a full stop", []string{"a", "a."}, []string{"A.", "A_1."}, []string{"a", "a_"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			var entries []Entry
			for _, n := range c.names {
				if name, ok := strings.CutSuffix(n, "/"); ok {
					entries = append(entries, Entry{Path: name, Mode: 1<<31 | 0o755})
					continue
				}
				entries = append(entries, file(n, ""))
			}
			tree, err := newTree(entries, "")
			if err != nil {
				t.Fatal(err)
			}
			byName := slices.Clone(tree.root.dir.children[primary])
			tree.root.dir.arrange(true)
			var iso, joliet []string
			for _, n := range byName {
				iso, joliet = append(iso, n.id), append(joliet, n.joliet)
			}
			if diff := cmp.Diff(c.iso, iso); diff != "" {
				t.Errorf("ISO 9660 (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.joliet, joliet); diff != "" {
				t.Errorf("Joliet (-want +got):\n%s", diff)
			}
		})
	}
}
