package iso9660

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

func TestPlanReportsAllFaults(t *testing.T) {
	good := Options{VolumeID: "GOOD", Time: testTime}
	with := func(change func(*Options)) Options {
		o := good
		change(&o)
		return o
	}
	boot := &ElTorito{CatalogPath: "boot.cat", Entries: []BootEntry{{Platform: BIOS, Path: "boot.bin"}}}
	for _, c := range []struct {
		why     string
		entries []Entry
		opt     Options
		want    []string
	}{
		{"everything at once", []Entry{{Path: "/abs"}, {Path: "a/../b"}, {Path: "big", Size: 5}, {Path: "dev", Mode: fs.ModeDevice}},
			Options{VolumeID: "has space", Time: testTime},
			[]string{`volume label "has space"`, `path "/abs"`, `path "a/../b"`, "big: has 5 bytes but no way to open it", "dev: mode"}},
		{"label of 33", nil, with(func(o *Options) { o.VolumeID = strings.Repeat("X", 33) }), []string{"1 to 32 characters"}},
		{"no label", nil, with(func(o *Options) { o.VolumeID = "" }), []string{"1 to 32 characters"}},
		{"no time", nil, with(func(o *Options) { o.Time = time.Time{} }), []string{"the years 1970 to 2155"}},
		{"texts", nil, with(func(o *Options) { o.Publisher = "Müller"; o.SystemID = strings.Repeat("s", 33) }), []string{"publisher", "system identifier has 33 bytes"}},
		{"duplicate", []Entry{file("a/b", "1"), file("a/b", "2")}, good, []string{"a/b: two entries have this path"}},
		{"directory twice", []Entry{{Path: "d", Mode: fs.ModeDir}, {Path: "d", Mode: fs.ModeDir}}, good, []string{"d: the directory is described twice"}},
		{"file as directory", []Entry{file("a", "1"), file("a/b", "2")}, good, []string{"a: is a file, and other entries lie below it"}},
		{"long name", []Entry{file("d/"+strings.Repeat("x", 254), "")}, good, []string{"longer than the 253 that Linux reads"}},
		{"control character", []Entry{file("a\nb", "")}, good, []string{"control character"}},
		{"not UTF-8", []Entry{file("a\xff", "")}, good, []string{"must be UTF-8"}},
		{"link without target", []Entry{{Path: "l", Mode: fs.ModeSymlink}}, good, []string{"l: symbolic link's target has 0 bytes"}},
		{"link with content", []Entry{{Path: "l", Mode: fs.ModeSymlink, Target: "x", Size: 3}}, good, []string{"l: only a regular file has content"}},
		{"digest", []Entry{{Path: "f", SHA256: "abc"}}, good, []string{"f: SHA-256 digest"}},
		{"negative size", []Entry{{Path: "f", Size: -1}}, good, []string{"f: size -1"}},
		{"boot image missing", nil, with(func(o *Options) { o.ElTorito = boot }), []string{`boot image "boot.bin" is not among`}},
		{"boot image empty", []Entry{file("boot.bin", "")}, with(func(o *Options) { o.ElTorito = boot }), []string{"boot image boot.bin is empty"}},
		{"catalog in the way", []Entry{file("boot.bin", "x"), file("boot.cat", "y")}, with(func(o *Options) { o.ElTorito = boot }), []string{"boot.cat: the boot catalog stands there"}},
		{"no boot entries", nil, with(func(o *Options) { o.ElTorito = &ElTorito{CatalogPath: "c"} }), []string{"boot catalog has 0 entries"}},
		{"info table in a small file", []Entry{{Path: "f", Size: 3, Open: content("abc"), BootInfoTable: true}}, good, []string{"f: with 3 bytes it can't have a boot information table"}},
		{"hybrid code", nil, with(func(o *Options) { o.Hybrid = &Hybrid{MBRCode: make([]byte, 440), ESPPath: "esp"} }),
			[]string{"440 bytes; isohdpfx.bin has 432", "not a BIOS entry", `EFI system partition "esp" is not among`}},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := Plan(c.entries, c.opt)
			if err == nil {
				t.Fatal("no fault found")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("nothing says %q in:\n%v", want, err)
				}
			}
		})
	}
}
