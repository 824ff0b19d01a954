package signature_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/storage/signature"

	"github.com/google/go-cmp/cmp"
)

const uuid = "01234567-89ab-4cde-8f01-23456789abcd"

// TestIdentify has real programs make what there is to find, and asks blkid
// for its opinion.
func TestIdentify(t *testing.T) {
	blkid := judge.Program(t, "blkid")
	for _, c := range []struct {
		want signature.Content
		size int64
		argv []string // FILE is the image
	}{
		{signature.Content{Type: "ext2", Label: "two", UUID: uuid}, 8 << 20, []string{"mkfs.ext2", "-q", "-F", "-L", "two", "-U", uuid, "FILE"}},
		{signature.Content{Type: "ext3", Label: "", UUID: uuid}, 8 << 20, []string{"mkfs.ext3", "-q", "-F", "-U", uuid, "FILE"}},
		{signature.Content{Type: "ext4", Label: "sixteen letters.", UUID: uuid}, 8 << 20, []string{"mkfs.ext4", "-q", "-F", "-L", "sixteen letters.", "-U", uuid, "FILE"}},
		{signature.Content{Type: "xfs", Label: "twelve chars", UUID: uuid}, 400 << 20, []string{"mkfs.xfs", "-q", "-L", "twelve chars", "-m", "uuid=" + uuid, "FILE"}},
		{signature.Content{Type: "btrfs", Label: "a btrfs", UUID: uuid}, 200 << 20, []string{"mkfs.btrfs", "-q", "-L", "a btrfs", "-U", uuid, "FILE"}},
		{signature.Content{Type: "vfat", Label: "FAT", UUID: "1234-ABCD"}, 64 << 20, []string{"mkfs.vfat", "-n", "FAT", "-i", "1234ABCD", "FILE"}},
		{signature.Content{Type: "vfat", UUID: "1234-ABCD"}, 300 << 20, []string{"mkfs.vfat", "-F", "32", "-i", "1234ABCD", "FILE"}},
		{signature.Content{Type: "swap", Label: "swap", UUID: uuid}, 8 << 20, []string{"mkswap", "-L", "swap", "-U", uuid, "FILE"}},
		{signature.Content{Type: "crypto_LUKS", UUID: uuid}, 32 << 20, []string{"cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--uuid", uuid, "--key-file", "/dev/null", "FILE"}},
		{signature.Content{}, 8 << 20, []string{"true"}},
	} {
		t.Run(strings.Join(c.argv[:1], " ")+" "+c.want.Label, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "image")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, c.size); err != nil {
				t.Fatal(err)
			}
			argv := make([]string, len(c.argv))
			for i, w := range c.argv {
				argv[i] = strings.ReplaceAll(w, "FILE", file)
			}
			if out, err := exec.Command(judge.Program(t, argv[0]), argv[1:]...).CombinedOutput(); err != nil {
				t.Skipf("%s: %v: %s", argv[0], err, out)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got := signature.Identify(f, c.size)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if c.want.Type == "" {
				return
			}
			out, err := exec.Command(blkid, "-p", "-o", "export", file).CombinedOutput()
			for _, want := range []string{"TYPE=" + got.Type, "UUID=" + got.UUID} {
				if err != nil || !strings.Contains(string(out), want+"\n") {
					t.Errorf("blkid does not say %s (%v):\n%s", want, err, out)
				}
			}
		})
	}
}

// TestMembers reads superblocks that were put together after the formats'
// descriptions, and asks blkid for its opinion.
func TestMembers(t *testing.T) {
	blkid := judge.Program(t, "blkid")
	const size = 64 << 20
	for name, c := range map[string]struct {
		at   int64
		what []byte
		want signature.Content
	}{
		"LVM":           {0, physicalVolume(), signature.Content{Type: "LVM2_member", Label: "vg", UUID: "abcdef-ghij-klmn-opqr-stuv-wxyz-012345"}},
		"an array 1.2":  {4096, array(8), signature.Content{Type: "linux_raid_member", Label: "any:boot", UUID: uuid}},
		"an array 1.1":  {0, array(0), signature.Content{Type: "linux_raid_member", Label: "any:boot", UUID: uuid}},
		"an array 1.0":  {size - 8<<10, array((size - 8<<10) / 512), signature.Content{Type: "linux_raid_member", Label: "any:boot", UUID: uuid}},
		"an array 0.90": {size - 64<<10, oldArray(), signature.Content{Type: "linux_raid_member", UUID: uuid}},
	} {
		b := make([]byte, size)
		copy(b[c.at:], c.what)
		if diff := cmp.Diff(c.want, signature.Identify(bytes.NewReader(b), size)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		file := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(blkid, "-p", "-o", "export", file).CombinedOutput()
		for _, want := range []string{"TYPE=" + c.want.Type, "UUID=" + c.want.UUID} {
			if err != nil || !strings.Contains(string(out), want+"\n") {
				t.Errorf("%s: blkid does not say %s (%v):\n%s", name, want, err, out)
			}
		}
	}
}

// TestOthers: what is not blank is known not to be.
func TestOthers(t *testing.T) {
	const size = 4 << 20
	for want, c := range map[string]struct {
		at   int
		what string
	}{
		"ntfs":                 {3, "NTFS    "},
		"zfs_member":           {132 << 10, "\x0c\xb1\xba\x00\x00\x00\x00\x00"},
		"firmware_raid_member": {size - 1024, "Intel Raid ISM Cfg Sig. 1.3.00"},
	} {
		b := make([]byte, size)
		copy(b[c.at:], c.what)
		if got := signature.Identify(bytes.NewReader(b), size); got.Type != want {
			t.Errorf("%s is taken for %q", want, got.Type)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add(physicalVolume(), uint16(0))
	f.Add(array(8), uint16(4096))
	f.Add([]byte("LUKS\xba\xbe\x00\x02"), uint16(0))
	f.Add([]byte("XFSB"), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		b := make([]byte, 128<<10)
		copy(b[at:], data)
		c := signature.Identify(bytes.NewReader(b), int64(len(b)))
		if strings.ContainsAny(c.Label+c.UUID, "\n\x00\x1b") {
			t.Errorf("%+v does not belong on a terminal", c)
		}
	})
}
