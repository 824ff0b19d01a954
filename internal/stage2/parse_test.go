package stage2

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

func TestParseArgs(t *testing.T) {
	tests := []struct {
		name, line string
		want       Args
	}{
		{"nothing", "", Args{}},
		{"Anaconda's", "initrd=initrd.img inst.stage2=hd:LABEL=A-1 inst.ks=hd:LABEL=A-1:/ks/x.ks rd.live.check quiet",
			Args{Location: Location{ByLabel, "A-1"}, Kickstart: "hd:LABEL=A-1:/ks/x.ks", Check: true}},
		{"without prefix", "stage2=hd:LABEL=A ks=cdrom:/x.ks rescue", Args{Location: Location{ByLabel, "A"}, Kickstart: "cdrom:/x.ks", Rescue: true}},
		{"the last counts", "inst.stage2=cdrom inst.stage2=hd:LABEL=B", Args{Location: Location{ByLabel, "B"}}},
		{"the repository stands in", "inst.repo=hd:UUID=2025-08-09-12-30-45-00:/", Args{Location: Location{ByUUID, "2025-08-09-12-30-45-00"}}},
		{"consoles", "console=tty0 console=ttyS0,115200n8", Args{Consoles: []string{"tty0", "ttyS0"}}},
		{"no colours", "NO_COLOR=1", Args{NoColour: true}},
		{"quoted", `inst.stage2="hd:LABEL=A B" "inst.rescue"`, Args{Location: Location{ByLabel, "A B"}, Rescue: true}},
		{"escaped", `inst.stage2=hd:LABEL=A\x20B\xzz\x2`, Args{Location: Location{ByLabel, `A B\xzz\x2`}}},
		{"switched off", "inst.rescue=0 rd.live.check=0 inst.debug", Args{Debug: true}},
		{"devices", "inst.stage2=hd:/dev/sdb1:/os", Args{Location: Location{ByDevice, "sdb1"}}},
		{"short device", "inst.stage2=hd:nvme0n1p1", Args{Location: Location{ByDevice, "nvme0n1p1"}}},
		{"a certain CD", "inst.stage2=cdrom:/dev/sr1", Args{Location: Location{ByDevice, "sr1"}}},
		{"any CD", "inst.stage2=cdrom", Args{Location: Location{Kind: AnyCD}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseArgs(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, line := range []string{"inst.stage2=nfs:host:/x", "inst.stage2=hd:", "inst.stage2=hd:LABEL=", "inst.stage2=hd:../../etc/passwd"} {
		if _, err := ParseArgs(line); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

// TestProbeAgainstBlkid has real programs make file systems and blkid name them.
func TestProbeAgainstBlkid(t *testing.T) {
	blkid := judge.Program(t, "blkid")
	tests := []struct {
		name string
		make func(file string) []string // the program and its arguments
	}{
		{"iso9660", func(f string) []string {
			return []string{"xorriso", "-as", "mkisofs", "-quiet", "-V", "Label-of_32.characters-012345678", "-o", f, "."}
		}},
		{"vfat16", func(f string) []string {
			return []string{"mkfs.vfat", "-F", "16", "-n", "FATLABEL", "-C", f, "16384"}
		}},
		{"vfat32", func(f string) []string {
			return []string{"mkfs.vfat", "-F", "32", "-n", "FATLABEL", "-C", f, "65536"}
		}},
		{"ext4", func(f string) []string { return []string{"mkfs.ext4", "-q", "-L", "ext-label", f, "8M"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "image")
			argv := tt.make(file)
			argv[0] = judge.Program(t, argv[0])
			if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", argv, err, out)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			v, ok := probe(f)
			if !ok {
				t.Fatal("not recognised")
			}
			out, err := exec.Command(blkid, "-p", "-o", "export", file).Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"TYPE=" + v.Type, "LABEL=" + v.Labels[0], "UUID=" + v.UUID} {
				if !strings.Contains(string(out), want+"\n") {
					t.Errorf("blkid does not say %s:\n%s", want, out)
				}
			}
		})
	}
}

// FuzzProbe recognises what it will, and gives labels that a terminal can bear.
func FuzzProbe(f *testing.F) {
	f.Add(isoImage("DEMO-13", "Demo")[16*sector:])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, at := range []int{0, 1024, 16 * sector} {
			v, _ := probe(bytes.NewReader(append(make([]byte, at), data...)))
			for _, l := range v.Labels {
				if l != printable(l) || l == "" {
					t.Fatalf("label %q", l)
				}
			}
		}
	})
}

// FuzzParseArgs takes any command line.
func FuzzParseArgs(f *testing.F) {
	f.Add(`inst.stage2="hd:LABEL=A\x20B" console=tty0,x inst.ks=cdrom:/x rescue=1`)
	f.Fuzz(func(t *testing.T, line string) {
		a, _ := ParseArgs(line)
		if a.Location.Kind == ByDevice && strings.Contains(a.Location.Value, "..") {
			t.Fatal(a.Location)
		}
	})
}
