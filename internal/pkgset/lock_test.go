package pkgset

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() *Lock {
	one := func(name, role string, needs ...string) Locked {
		return Locked{
			Name: name, Version: "1:2.0-1", Arch: "amd64", Size: 10, SHA256: strings.Repeat("ab", 32), Path: "pool/main/x/" + name + ".deb",
			Repository: "debian", Suite: "trixie", Component: "main", Role: role, Why: "asked for by @core", Needs: needs,
		}
	}
	return &Lock{
		Format: LockFormat, Request: "r", Asked: []string{"demo.ks: @core"}, Arch: "amd64",
		Package: []Locked{one("linux-image-amd64", "medium", "kmod", "linux-image-6.12-amd64"), one("bash", "medium"), one("linux-image-6.12-amd64", "boot")},
	}
}

func encode(t *testing.T, l *Lock) string {
	t.Helper()
	var b bytes.Buffer
	if err := l.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLockComesBackSorted(t *testing.T) {
	text := encode(t, sample())
	got, err := DecodeLock(strings.NewReader(text), "packages.lock")
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Sort()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Package[0].Name != "bash" {
		t.Errorf("%s comes first, want bash", got.Package[0].Name)
	}
	if again := encode(t, got); again != text {
		t.Errorf("written again it differs:\n%s", cmp.Diff(text, again))
	}
}

func TestLockFaultsComeAllAtOnce(t *testing.T) {
	text := encode(t, sample())
	text = strings.Replace(text, "format = 1", "format = 9\ncolour = \"red\"", 1)
	text = strings.Replace(text, strings.Repeat("ab", 32), "../../etc", 1)
	text = strings.Replace(text, `role = "boot"`, `role = "guest"`, 1)
	_, err := DecodeLock(strings.NewReader(text), "packages.lock")
	if err == nil {
		t.Fatal("the lock was taken")
	}
	for _, want := range []string{`unknown key "colour"`, "format 9", `sha256 "../../etc"`, `role "guest"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestKernelBehindItsMetapackage(t *testing.T) {
	l := sample()
	for name, want := range map[string]string{"linux-image-amd64": "linux-image-6.12-amd64", "linux-image-6.12-amd64": "linux-image-6.12-amd64"} {
		if k, err := l.Kernel(name); err != nil || k.Name != want {
			t.Errorf("%s: got %v, %v, want %s", name, k, err, want)
		}
	}
	if _, err := l.Kernel("linux-image-rt"); err == nil {
		t.Error("a kernel that is not locked was found")
	}
	if n := l.Medium(); n != 2 {
		t.Errorf("%d packages on the medium, want 2", n)
	}
}

func TestNeededAreNearestFirst(t *testing.T) {
	l := &Lock{}
	for name, needs := range map[string][]string{
		"lvm2": {"dmsetup", "libc6", "libudev1"}, "dmsetup": {"libc6", "libdevmapper"}, "libdevmapper": {"libaaa", "dmsetup"},
		"libc6": {"libgcc"}, "libgcc": {"libc6"}, "libudev1": {"absent"}, "libaaa": nil, "bash": {"libtinfo"}, "libtinfo": nil,
	} {
		l.Package = append(l.Package, Locked{Name: name, Needs: needs})
	}
	var got []string
	for _, p := range l.Needed([]string{"lvm2", "dmsetup", "nothing"}) {
		got = append(got, p.Name)
	}
	if diff := cmp.Diff([]string{"libc6", "libdevmapper", "libudev1", "libaaa", "libgcc"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOperatorsHold(t *testing.T) {
	for _, c := range []struct {
		op   Op
		want [3]bool // candidate earlier, equal, later
	}{{Any, [3]bool{true, true, true}}, {LT, [3]bool{true, false, false}}, {LE, [3]bool{true, true, false}},
		{EQ, [3]bool{false, true, false}}, {GE, [3]bool{false, true, true}}, {GT, [3]bool{false, false, true}}} {
		for i, cmp := range []int{-1, 0, 1} {
			if got := c.op.Holds(cmp); got != c.want[i] {
				t.Errorf("%q holds for %d: %v", c.op, cmp, got)
			}
		}
	}
}
