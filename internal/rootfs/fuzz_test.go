package rootfs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a package's file holds, nothing outside the root changes, and what is
// taken for a package installs or is refused with an error.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("usr/f"), []byte("usr/d"), []byte("../../.."), byte(2))
	f.Add([]byte("a"), []byte("a"), []byte("/"), byte(2))
	f.Add([]byte("a/../b"), []byte("a"), []byte("./a/./b"), byte(1))
	f.Add([]byte("d/x"), []byte("d"), []byte("/etc"), byte(2))
	f.Add([]byte("d"), []byte("d/x"), []byte("d"), byte(3))
	f.Fuzz(func(t *testing.T, name, linkName, target []byte, order byte) {
		for _, b := range [][]byte{name, linkName, target} {
			if len(b) == 0 || len(b) > 90 || bytes.IndexByte(b, 0) >= 0 {
				t.Skip()
			}
		}
		top := t.TempDir()
		root := filepath.Join(top, "root")
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		parts := []func(*made){dir("d", 0o755), link(string(linkName), string(target)), file(string(name), "x", 0o644), hard("h"+string(name), string(target))}
		if order&1 == 1 {
			parts[1], parts[2] = parts[2], parts[1]
		}
		if order&2 == 2 {
			parts = parts[1:]
		}
		_ = Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: []Package{theDpkg(t), one(t, "foreign", parts...)}, Chroot: &fake{root: root}})
		entries, err := os.ReadDir(top)
		if err != nil || len(entries) != 1 {
			t.Errorf("beside the root there is now %v (%v)", entries, err)
		}
	})
}

func FuzzSmallFiles(f *testing.F) {
	f.Add([]byte("/etc/x\nremove-on-upgrade /etc/y\n"))
	f.Add([]byte("interest-noawait /usr/share/man\nactivate ldconfig\n"))
	f.Add([]byte("/a\n/b\npkg\n"))
	f.Add([]byte("root crontab 2755 /usr/bin/crontab\n"))
	f.Add([]byte("#!/bin/sh\nset -e\n"))
	f.Add([]byte("root:x:0:0::/root:/bin/sh\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		conffiles, _ := parseConffiles(data)
		for _, c := range conffiles {
			if strings.HasPrefix(c.name, "/") || strings.Contains("/"+c.name+"/", "/../") {
				t.Errorf("conffile %q", c.name)
			}
		}
		interests, _ := parseInterests(data, "p")
		for _, i := range interests {
			if strings.Contains(i.trigger, "..") && !strings.HasPrefix(i.trigger, "/") && strings.Contains(i.trigger, "/") {
				t.Errorf("trigger %q", i.trigger)
			}
		}
		_, _ = parseDiversions(data)
		_, _ = parseOverrides(data, parseAccounts(data), nil)
		liveness(data)
	})
}
