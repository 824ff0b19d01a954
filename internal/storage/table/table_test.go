package table_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/storage/table"

	"github.com/google/go-cmp/cmp"
)

const (
	mib = 1 << 20
	id  = "01234567-89ab-4cde-8f01-23456789abcd"
)

func guid(n int) string { return fmt.Sprintf("99999999-0000-4000-8000-%012d", n) }

func tables() map[string]*table.Table {
	gpt := &table.Table{Kind: table.GPT, ID: id}
	for i, kind := range []string{table.TypeBIOSBoot, table.TypeESP, table.TypeLinux, table.TypeSwap, table.TypeLVM, table.TypeRAID, table.TypeLUKS} {
		gpt.Entries = append(gpt.Entries, table.Entry{Number: i + 1 + i/4, Start: int64(1+10*i) * mib, Size: 10 * mib, Type: kind, GUID: guid(i), Name: "número " + kind[:4], Attributes: uint64(i % 3)})
	}
	primary := &table.Table{Kind: table.MBR, ID: "0badcafe", Entries: []table.Entry{
		{Number: 1, Start: 1 * mib, Size: 10 * mib, Type: table.MBRESP, Boot: true},
		{Number: 3, Start: 11 * mib, Size: 10 * mib, Type: table.MBRSwap},
	}}
	logical := &table.Table{Kind: table.MBR, ID: "00000001", Entries: []table.Entry{
		{Number: 1, Start: 1 * mib, Size: 10 * mib, Type: table.MBRLinux},
		{Number: 5, Head: 20 * mib, Start: 21 * mib, Size: 10 * mib, Type: table.MBRLinux},
		{Number: 6, Head: 40 * mib, Start: 41 * mib, Size: 10 * mib, Type: table.MBRLVM},
		{Number: 7, Head: 31 * mib, Start: 32 * mib, Size: 5 * mib, Type: table.MBRRAID},
	}, Extended: table.Entry{Number: 2, Start: 20 * mib, Size: 60 * mib, Type: table.MBRExtended}}
	late := &table.Table{Kind: table.MBR, ID: "00000002", Entries: []table.Entry{
		{Number: 5, Head: 40 * mib, Start: 41 * mib, Size: 10 * mib, Type: table.MBRLinux},
	}, Extended: table.Entry{Number: 1, Start: 20 * mib, Size: 60 * mib, Type: table.MBRExtended}}
	empty := &table.Table{Kind: table.GPT, ID: id}
	return map[string]*table.Table{"gpt": gpt, "primary": primary, "logical": logical, "a logical one that is not at the beginning": late, "empty": empty}
}

// image is a file of 100 MiB.
func image(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "disk.img"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return f
}

const size = 100 * mib

// TestWrite: sgdisk and sfdisk accept what is written, and see the same in it.
func TestWrite(t *testing.T) {
	for name, tab := range tables() {
		t.Run(name, func(t *testing.T) {
			f := image(t)
			if _, err := f.WriteAt(bytes.Repeat([]byte{0x90}, 440), 0); err != nil {
				t.Fatal(err)
			}
			if err := tab.Write(f, size, 512); err != nil {
				t.Fatal(err)
			}
			got, err := table.Read(f, size, 512)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tab, got); diff != "" {
				t.Errorf("reads back differently (-want +got):\n%s", diff)
			}
			boot := make([]byte, 440)
			if _, err := f.ReadAt(boot, 0); err != nil || !bytes.Equal(boot, bytes.Repeat([]byte{0x90}, 440)) {
				t.Error("the boot code was written over")
			}
			out, err := exec.Command(judge.Program(t, "sfdisk"), "--verify", f.Name()).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "No errors") {
				t.Errorf("sfdisk: %v: %s", err, out)
			}
			dump, err := exec.Command(judge.Program(t, "sfdisk"), "--dump", f.Name()).CombinedOutput()
			if err != nil {
				t.Errorf("sfdisk: %v: %s", err, dump)
			}
			for _, e := range tab.Entries {
				want := fmt.Sprintf("disk.img%d : start=%12d, size=%12d, type=", e.Number, e.Start/512, e.Size/512)
				if !strings.Contains(string(dump), want) {
					t.Errorf("sfdisk lacks %q:\n%s", want, dump)
				}
			}
			if tab.Kind == table.GPT {
				out, err := exec.Command(judge.Program(t, "sgdisk"), "-v", f.Name()).CombinedOutput()
				if err != nil || !strings.Contains(string(out), "No problems found") {
					t.Errorf("sgdisk: %v: %s", err, out)
				}
			}
		})
	}
}

// TestForeign reads what sfdisk writes.
func TestForeign(t *testing.T) {
	sfdisk := judge.Program(t, "sfdisk")
	for script, want := range map[string]int{
		"label: gpt\n,10M\n,10M,S\n":              2,
		"label: gpt\ntable-length: 8\n,10M\n":     1,
		"label: dos\n,10M\n,10M\n,,E\n,5M\n,5M\n": 4,
	} {
		f := image(t)
		cmd := exec.Command(sfdisk, "--quiet", f.Name())
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		tab, err := table.Read(f, size, 512)
		if err != nil || len(tab.Entries) != want {
			t.Errorf("%q reads as %+v (%v), want %d partitions", script, tab, err, want)
			continue
		}
		if err := tab.Write(f, size, 512); err != nil {
			t.Errorf("%q cannot be written again: %v", script, err)
		}
		again, err := table.Read(f, size, 512)
		if diff := cmp.Diff(tab, again); err != nil || diff != "" {
			t.Errorf("%q changed (%v):\n%s", script, err, diff)
		}
	}
}

// TestBackup: a GPT whose beginning was destroyed is read from its end.
func TestBackup(t *testing.T) {
	f := image(t)
	tab := tables()["gpt"]
	if err := tab.Write(f, size, 512); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 4096), 512); err != nil {
		t.Fatal(err)
	}
	got, err := table.Read(f, size, 512)
	if diff := cmp.Diff(tab, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := table.Wipe(f, size, 512); err != nil {
		t.Fatal(err)
	}
	if tab, err := table.Read(f, size, 512); !errors.Is(err, table.ErrNone) {
		t.Errorf("after Wipe there is %+v (%v)", tab, err)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*table.Table)
	}{
		{"kind", "gpt or mbr", func(t *table.Table) { t.Kind = "sun" }},
		{"number", "each once", func(t *table.Table) { t.Entries[1].Number = 1 }},
		{"sectors", "no whole sectors", func(t *table.Table) { t.Entries[0].Start++ }},
		{"outside", "lie outside", func(t *table.Table) { t.Entries[6].Size = size }},
		{"overflow", "lie outside", func(t *table.Table) { t.Entries[6].Size = 1<<63 - 512 }},
		{"in the table", "lie outside", func(t *table.Table) { t.Entries[0].Start = 512 }},
		{"overlap", "overlap", func(t *table.Table) { t.Entries[1].Start -= mib }},
	} {
		tab := tables()["gpt"]
		c.change(tab)
		if err := tab.Write(nil, size, 512); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		name, want string
		change     func(*table.Table)
	}{
		{"type", "two hexadecimal digits", func(t *table.Table) { t.Entries[0].Type = table.TypeLinux }},
		{"gap", "without gaps", func(t *table.Table) { t.Entries[3].Number = 9 }},
		{"outside of the extended one", "outside of the extended", func(t *table.Table) { t.Extended.Size = 20 * mib }},
		{"over the extended one", "overlaps the extended", func(t *table.Table) { t.Extended.Start = 5 * mib }},
		{"two of one number", "cannot be number 1", func(t *table.Table) { t.Extended.Number = 1 }},
	} {
		tab := tables()["logical"]
		c.change(tab)
		if err := tab.Validate(size, 512); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzRead: bytes that anyone may have written give a table that can be
// written again, or none.
func FuzzRead(f *testing.F) {
	for _, tab := range tables() {
		b := make(memory, size)
		if err := tab.Write(b, size, 512); err != nil {
			f.Fatal(err)
		}
		for _, e := range tab.Entries {
			if e.Head > 0 {
				copy(b[64<<10:], b[e.Head:e.Head+512])
			}
		}
		f.Add([]byte(b[:34*512]), []byte(b[size-33*512:]))
	}
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		b := make(memory, 1<<20)
		copy(b, head)
		copy(b[len(b)-min(len(tail), len(b)):], tail)
		tab, err := table.Read(b, int64(len(b)), 512)
		if err != nil {
			return
		}
		for _, e := range append(tab.Entries, tab.Extended) {
			if e.Start < 0 || e.Size < 0 || e.Start+e.Size > int64(len(b)) {
				t.Fatalf("%+v lies outside of the disk", e)
			}
		}
		if tab.Validate(int64(len(b)), 512) == nil {
			if err := tab.Write(b, int64(len(b)), 512); err != nil {
				t.Fatal(err)
			}
		}
	})
}

type memory []byte

func (m memory) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at+int64(len(p)) > int64(len(m)) {
		return 0, errors.New("outside")
	}
	return copy(p, m[at:]), nil
}

func (m memory) WriteAt(p []byte, at int64) (int, error) {
	if at < 0 || at+int64(len(p)) > int64(len(m)) {
		return 0, errors.New("outside")
	}
	return copy(m[at:], p), nil
}
