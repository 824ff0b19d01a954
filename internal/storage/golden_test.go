package storage_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/run"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/signature"
	"cdbuilder/internal/storage/table"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden plans anew")

// TestPlans holds whole plans: what is printed, every file and every command
// line, and the faults of those that are refused. A case is an archive of
// ks.cfg, the machine (see readMachine) and what comes of them.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/plans/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plans under testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			version := strings.TrimSpace(string(archive.Comment))
			if fields := strings.Fields(version); len(fields) > 0 {
				version = fields[0]
			}
			in := make(map[string]string)
			for _, f := range archive.Files {
				in[f.Name] = string(f.Data)
			}
			m := readMachine(t, in["machine"])
			p, err := storage.Make(recipe(t, version, in["ks.cfg"]), m, storage.Options{Random: seeded()})
			got := &txtar.Archive{Comment: archive.Comment, Files: []txtar.File{
				{Name: "ks.cfg", Data: []byte(in["ks.cfg"])}, {Name: "machine", Data: []byte(in["machine"])},
			}}
			got.Files = append(got.Files, outcome(p, err)...)
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(got))); diff != "" {
				t.Errorf("the plan differs (-want +got); go test -update writes it:\n%s", diff)
			}
		})
	}
}

func outcome(p *storage.Plan, err error) []txtar.File {
	if err != nil {
		return []txtar.File{{Name: "faults", Data: []byte(err.Error() + "\n")}}
	}
	var steps strings.Builder
	for _, s := range p.Steps() {
		fmt.Fprintf(&steps, "# %s\n", s.Does)
		if len(s.Argv) > 0 {
			steps.WriteString(run.Quote(s.Argv) + "\n")
		}
	}
	files := []txtar.File{{Name: "plan", Data: []byte(p.String())}, {Name: "fstab", Data: []byte(p.Fstab())}}
	for _, f := range []struct{ name, text string }{{"crypttab", p.Crypttab()}, {"mdadm.conf", p.MdadmConf()}, {"steps", steps.String()}} {
		if f.text != "" {
			files = append(files, txtar.File{Name: f.name, Data: []byte(f.text)})
		}
	}
	needs := fmt.Sprintf("packages %s\nprograms %s\nmodules %s\n", strings.Join(p.Packages(), " "), strings.Join(p.Programs(), " "), strings.Join(p.Modules(), " "))
	return append(files, txtar.File{Name: "needs", Data: []byte(needs)})
}

// readMachine reads lines such as
//
//	firmware uefi
//	medium sdc1
//	disk sda 100 table=gpt serial=ABC   (sizes in GiB)
//	part 1 1 500 type=83 content=ext4 label=old uuid=…   (of the last disk: number, start and size in MiB)
func readMachine(t *testing.T, text string) storage.Machine {
	t.Helper()
	m := storage.Machine{Firmware: storage.BIOS, Memory: 4 * gib}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		switch f[0] {
		case "firmware":
			m.Firmware = storage.Firmware(f[1])
		case "medium":
			m.Medium = f[1]
		case "memory":
			m.Memory = number(t, f[1]) << 30
		case "disk":
			d := disk(f[1], number(t, f[2])<<30)
			readDisk(t, &d, words(f[3:]))
			m.Disks = append(m.Disks, d)
		case "part":
			d := &m.Disks[len(m.Disks)-1]
			d.Partitions = append(d.Partitions, readPartition(t, d, f))
		default:
			t.Fatalf("the test's machine: %q", line)
		}
	}
	return m
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func words(fields []string) map[string]string {
	all := make(map[string]string)
	for _, f := range fields {
		key, value, _ := strings.Cut(f, "=")
		all[key] = value
	}
	return all
}

func readDisk(t *testing.T, d *storage.Disk, w map[string]string) {
	t.Helper()
	d.Table = table.Kind(w["table"])
	switch d.Table {
	case table.GPT:
		d.TableID = "11111111-2222-4333-8444-555555555555"
	case table.MBR:
		d.TableID = "0badcafe"
	}
	if s := w["serial"]; s != "" {
		d.Serial = s
	}
	_, d.Removable = w["removable"]
	_, d.ReadOnly = w["readonly"]
	d.InUse = strings.ReplaceAll(w["inuse"], "_", " ")
	d.Content = signature.Content{Type: w["content"], Label: w["label"], UUID: w["uuid"]}
	if x := w["extended"]; x != "" {
		start, size, _ := strings.Cut(x, "+")
		d.Extended = table.Entry{Number: 4, Start: number(t, start) << 20, Size: number(t, size) << 20, Type: table.MBRExtended}
	}
}

func readPartition(t *testing.T, d *storage.Disk, f []string) storage.Partition {
	t.Helper()
	w := words(f[4:])
	n := int(number(t, f[1]))
	part := storage.Partition{Content: signature.Content{Type: w["content"], Label: w["label"], UUID: w["uuid"]}}
	part.Name = d.Name + f[1]
	part.Entry = table.Entry{Number: n, Start: number(t, f[2]) << 20, Size: number(t, f[3]) << 20, Type: w["type"]}
	if d.Table == table.GPT {
		part.GUID = fmt.Sprintf("99999999-0000-4000-8000-%012d", n)
		if part.Type == "" {
			part.Type = table.TypeLinux
		}
	}
	if d.Table == table.MBR && n > 4 {
		part.Head = part.Start - 1<<20
	}
	return part
}
