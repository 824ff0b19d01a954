package iso9660

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// testTree is a tree with everything that a directory record, Rock Ridge or
// Joliet has a limit for.
func testTree(t testing.TB) []Entry {
	t.Helper()
	long := strings.Repeat("n", 245)
	entries := []Entry{
		file("README", "read me\n"), file("empty", ""), {Path: "no-reader", Mode: 0o600},
		file("names/"+long+".text", "250 bytes"), file("names/"+long+".other", "251 bytes, two NM fields"), file("names/"+strings.Repeat("m", 253), "253 bytes"),
		file("names/"+strings.Repeat("ä", 125), "250 bytes of UTF-8"), file("names/Größe.txt", "umlauts"), file("names/grüße-日本語", "more"),
		file("names/upper.txt", "lower"), file("names/UPPER.TXT", "upper"), file("names/Upper.Txt", "both"),
		file("names/clown-🤡", "beyond the basic plane"), file("names/clown-🤖", "and another"),
		file("names/a*b?c:d\\e;1", "what Joliet can't hold"), file("names/a_b_c_d_e_1", "what it becomes"),
		file("names/.hidden", "dot"), file("names/trailing.", "dot"), file("names/trailing", "no dot"), file("names/many.dots.tar.gz", "dots"),
		file("names/with space and-dash+plus~tilde", "spaces"),
		file("names/"+strings.Repeat("s", 64)+"-one", "64 in common"), file("names/"+strings.Repeat("s", 64)+"-two", "64 in common"),
		file("names/"+strings.Repeat("j", 103)+"-one.deb", "103 in common"), file("names/"+strings.Repeat("j", 103)+"-two.deb", "103 in common"),
		file("names/clash", "a file"), {Path: "names/CLASH", Mode: fs.ModeDir | 0o700},
		{Path: "dirs", Mode: fs.ModeDir | fs.ModeSticky | 0o777}, {Path: "dirs/empty", Mode: fs.ModeDir | 0o755},
		{Path: "run.sh", Mode: 0o755, Size: 10, Open: content("#!/bin/sh\n")}, {Path: "setuid", Mode: fs.ModeSetuid | fs.ModeSetgid | 0o711, Size: 1, Open: content("s")},
		{Path: "links/relative", Mode: fs.ModeSymlink | 0o777, Target: "../README"}, {Path: "links/absolute", Mode: fs.ModeSymlink | 0o777, Target: "/names/Größe.txt"},
		{Path: "links/dots", Mode: fs.ModeSymlink | 0o777, Target: ".././../dirs"}, {Path: "links/nowhere", Mode: fs.ModeSymlink | 0o777, Target: "not/there"},
		{Path: "links/root", Mode: fs.ModeSymlink | 0o777, Target: "/"}, {Path: "links/up", Mode: fs.ModeSymlink | 0o777, Target: ".."},
		{Path: "links/components", Mode: fs.ModeSymlink | 0o777, Target: strings.Repeat("../links/", 110) + "relative"},
		{Path: "links/wide", Mode: fs.ModeSymlink | 0o777, Target: strings.Repeat("w", 255) + "/" + strings.Repeat("v", 700) + "/x"},
		{Path: "links/" + strings.Repeat("l", 250), Mode: fs.ModeSymlink | 0o777, Target: strings.Repeat("t", 250)},
	}
	deep := ""
	for level := range 12 {
		deep += fmt.Sprintf("level-%02d/", level+1)
		entries = append(entries, file(deep+"file", deep))
	}
	for i := range 10_000 {
		entries = append(entries, file(fmt.Sprintf("many/a-file-in-a-large-directory-%05d.deb", i), fmt.Sprint(i)))
	}
	entries = append(entries, fullSector(t, "full/exact", 0)...)
	entries = append(entries, fullSector(t, "full/over", 1)...)
	for i, size := range []int{1, 2047, 2048, 2049, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 77} {
		e := file(fmt.Sprintf("sizes/%d", size), strings.Repeat(string(rune('a'+i)), size))
		e.Weight = i % 3
		entries = append(entries, e)
	}
	return entries
}

// fullSector gives entries whose directory has records for exactly one sector,
// and with over the same with one name longer by that many bytes.
func fullSector(t testing.TB, dir string, over int) []Entry {
	t.Helper()
	build := func(tail int) []Entry {
		var entries []Entry
		for i := range 15 {
			// The identifier of a name without extension has no more than 34
			// bytes, so that the tail lengthens the NM field only.
			entries = append(entries, file(fmt.Sprintf("%s/%s%02d", dir, strings.Repeat("x", 30), i), "x"))
		}
		return append(entries, file(fmt.Sprintf("%s/%s%s", dir, strings.Repeat("y", 30), strings.Repeat("z", tail)), "y"))
	}
	size := func(entries []Entry) int64 {
		tree, err := newTree(entries, "")
		if err != nil {
			t.Fatal(err)
		}
		d := tree.dirs[dir]
		d.dir.arrange(false)
		if err := measure(primary, d, testTime); err != nil {
			t.Fatal(err)
		}
		return d.dir.place[primary].size
	}
	for n := 1; n < 16; n++ {
		for tail := range 80 {
			entries := build(tail)[16-n:]
			if size(entries) == SectorSize && size(build(tail + 1)[16-n:]) > SectorSize {
				return build(tail + over)[16-n:]
			}
		}
	}
	t.Fatal("no directory fills a sector")
	return nil
}
