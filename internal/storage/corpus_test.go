package storage_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/table"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// TestCorpus plans every real kickstart for made-up machines of two disks. The
// disks are called as most kickstarts call theirs. A plan has to hold its own
// invariants; a refusal has to say why.
func TestCorpus(t *testing.T) {
	dir := judge.Corpus(t, "kickstart")
	sources := judge.Sources(t, "kickstart")
	for _, firmware := range []storage.Firmware{storage.BIOS, storage.UEFI} {
		planned, silent := 0, 0
		reasons := make(map[string]int)
		for _, row := range sources {
			r := corpusRecipe(t, dir, row)
			if !laysOut(r) {
				silent++
				continue
			}
			names := diskNames(r)
			p, err := storage.Make(r, machine(firmware, disk(names[0], 100*gib), disk(names[1], 100*gib)), storage.Options{Random: seeded()})
			if err != nil {
				for _, reason := range kinds(t, err) {
					reasons[reason]++
				}
				continue
			}
			planned++
			holds(t, row["file"], p)
		}
		t.Logf("%s: %d kickstarts, %d planned, %d refused, %d say nothing of the disks", firmware, len(sources), planned, len(sources)-planned-silent, silent)
		for _, reason := range slices.Sorted(maps.Keys(reasons)) {
			t.Logf("%s refused: %3d × %s", firmware, reasons[reason], reason)
		}
		if planned < 100 {
			t.Errorf("%s: only %d kickstarts can be planned", firmware, planned)
		}
	}
}

func corpusRecipe(t *testing.T, dir string, row map[string]string) *language.Recipe {
	t.Helper()
	v, err := kickstart.ParseSyntax(row["ksversion"])
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, row["file"]))
	if err != nil {
		t.Fatal(err)
	}
	f, _ := kickstart.Parse("ks.cfg", data, v)
	if f == nil {
		return &language.Recipe{}
	}
	r, _ := language.Read(v, f.All())
	return r
}

// laysOut reports whether a kickstart says anything of the disks' layout.
func laysOut(r *language.Recipe) bool {
	for range r.Find("part", "autopart", "raid", "logvol", "btrfs", "mount", "reqpart") {
		return true
	}
	return false
}

var diskName = regexp.MustCompile(`^(?:/dev/)?((?:sd|vd|hd|xvd)[a-z]|nvme\dn\d)`)

// diskNames are the names that a kickstart gives to disks, two of them.
func diskNames(r *language.Recipe) []string {
	var names []string
	for s := range r.Find("part", "clearpart", "ignoredisk", "bootloader") {
		for _, option := range []string{"--ondisk", "--drives", "--only-use", "--boot-drive", "--driveorder", "--onpart"} {
			for _, value := range s.List(option) {
				if m := diskName.FindStringSubmatch(value); m != nil && !slices.Contains(names, m[1]) {
					names = append(names, m[1])
				}
			}
		}
	}
	for _, name := range []string{"sda", "sdb"} {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[:2])
	return names
}

var particular = regexp.MustCompile(`"[^"]*"|/[\w/.-]+|\b[\w.-]*\d[\w.-]*\b`)

// kinds are the faults without what is particular to one file.
func kinds(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("not a join of faults: %v", err)
	}
	var all []string
	for _, e := range joined.Unwrap() {
		var fault *kickstart.Fault
		if !errors.As(e, &fault) || fault.Line < 1 || fault.Text == "" {
			t.Fatalf("no fault with a line: %v", e)
		}
		text, _, _ := strings.Cut(fault.Text, ";")
		kind := particular.ReplaceAllString(text, "…")
		if len(kind) > 90 {
			kind = kind[:90]
		}
		if !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// holds asserts what has to be so of every plan, by arithmetic of its own.
func holds(t *testing.T, name string, p *storage.Plan) {
	t.Helper()
	const mib = 1 << 20
	for _, d := range p.Disks {
		type span struct{ start, end int64 }
		var spans []span
		for _, n := range d.New {
			if n.Start%mib != 0 || n.Entry.Size%mib != 0 || n.Start < mib || (n.Start+n.Entry.Size > d.Size-33*512 && d.Kind == table.GPT) || n.Start+n.Entry.Size > d.Size {
				t.Errorf("%s: %s at %d+%d of %d", name, n.Path, n.Start, n.Entry.Size, d.Size)
			}
			spans = append(spans, span{n.Start, n.Start + n.Entry.Size})
		}
		for _, k := range d.Kept {
			spans = append(spans, span{k.Start, k.Start + k.Size})
		}
		for i, a := range spans {
			for _, b := range spans[i+1:] {
				if a.start < b.end && b.start < a.end {
					t.Errorf("%s: partitions of %s overlap\n%s", name, d.Name, p)
				}
			}
		}
	}
	for _, g := range p.Groups {
		members, volumes := int64(0), int64(0)
		for _, m := range g.Members {
			members += m.Room()
		}
		for _, l := range g.Volumes {
			volumes += l.Size
		}
		if volumes > members || volumes <= 0 {
			t.Errorf("%s: the group %s has %d and gives %d", name, g.Name, members, volumes)
		}
	}
	uuids := make(map[string]bool)
	paths := make(map[string]bool)
	for _, v := range p.Volumes() {
		if v.Room() <= 0 || paths[v.Path] {
			t.Errorf("%s: %s has %d bytes, or is there twice", name, v.Path, v.Room())
		}
		paths[v.Path] = true
		if v.UUID != "" && v.FS != "btrfs" && uuids[v.UUID] {
			t.Errorf("%s: the UUID %s is there twice", name, v.UUID)
		}
		uuids[v.UUID] = true
	}
	mounts := p.Mounts()
	if len(mounts) == 0 || mounts[0].Where != "/" {
		t.Errorf("%s: / is not the first mount: %v", name, mounts)
	}
	if err := p.Check(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if p.String() == "" || strings.Count(p.Fstab(), "\n") != len(mounts)+1 {
		t.Errorf("%s: fstab has not one line for each mount:\n%s", name, p.Fstab())
	}
}

// FuzzMake: whatever a kickstart says, there are faults or there is a sound
// plan, and excluded disks stay out of it.
func FuzzMake(f *testing.F) {
	files, err := filepath.Glob("testdata/plans/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, text, _ := strings.Cut(string(data), "-- ks.cfg --\n")
		text, _, _ = strings.Cut(text, "-- machine --")
		f.Add(text, uint8(len(text)))
	}
	f.Fuzz(func(t *testing.T, text string, shape uint8) {
		versions := []kickstart.Syntax{{Family: "F", Number: 40}, {Family: "RHEL", Number: 7}, {Family: "RHEL", Number: 9}, {}}
		v := versions[shape%4]
		file, _ := kickstart.Parse("ks.cfg", []byte(text), v)
		if file == nil {
			return
		}
		r, _ := language.Read(v, file.All())
		firmware := storage.BIOS
		if shape&4 != 0 {
			firmware = storage.UEFI
		}
		m := machine(firmware, disk("sda", 20*gib), disk("sdb", 1+int64(shape)*gib), disk("sdc", 30*gib))
		m.Disks[2].InUse = "mounted at /"
		m.Disks[0].Table = "mbr"
		p, err := storage.Make(r, m, storage.Options{Random: seeded()})
		if err != nil {
			if strings.Contains(err.Error(), "fault of the planner") {
				t.Fatal(err)
			}
			return
		}
		for _, d := range p.Disks {
			if d.Name == "sdc" {
				t.Fatalf("a disk in use is in the plan:\n%s", p)
			}
		}
		holds(t, "fuzz", p)
		_ = p.Steps()
	})
}
