package language_test

import (
	"strings"
	"testing"
)

// boundary is a line on one side of a change of the language: its verdict,
// and for a person what the message must say or how the line is written back.
type boundary struct {
	version, line, verdict string
	says                   string // a part of what is found
	writes                 string // the canonical form
}

func (b *boundary) test(t *testing.T) {
	t.Helper()
	recipe, found := judgeText(t, b.version, b.line)
	if got := verdict(found); got != b.verdict {
		t.Errorf("%s: %q is %s, not %s: %v", b.version, b.line, got, b.verdict, texts(found))
	}
	if all := strings.Join(texts(found), "\n"); !strings.Contains(all, b.says) {
		t.Errorf("%s: %q: nothing says %q:\n%s", b.version, b.line, b.says, all)
	}
	if got := squeeze(canonicalText(recipe)); b.writes != "" && got != b.writes {
		t.Errorf("%s: %q\n is written %q\n not        %q", b.version, b.line, got, b.writes)
	}
}

func TestBootTable(t *testing.T) {
	for _, b := range []boundary{
		{version: "FC3", line: "bootloader --lba32 --useLilo", verdict: "ok", writes: "bootloader --linear --location=mbr --lba32 --useLilo"},
		{version: "RHEL4", line: "bootloader --linear --nolinear", verdict: "ok", writes: "bootloader --location=mbr"},
		{version: "FC4", line: "bootloader --linear", verdict: "error", says: "gone since FC4; leave it out: LILO is gone"},
		{version: "RHEL5", line: "bootloader --useLilo", verdict: "error", says: "gone since RHEL5; leave it out: GRUB is the boot loader"},
		{version: "RHEL3", line: "lilo --driveorder=hda,hdb", verdict: "ok", writes: `bootloader --linear --location=mbr --useLilo --driveorder="hda,hdb"`},
		{version: "RHEL5", line: "lilo", verdict: "error", says: "lilo is gone since RHEL5; write bootloader"},
		{version: "FC3", line: "lilocheck", verdict: "ok", writes: "lilocheck"},
		{version: "FC3", line: "lilocheck now", verdict: "error", says: "takes no word"},
		{version: "FC4", line: "lilocheck", verdict: "error", says: "gone since FC4"},

		{version: "F11", line: "bootloader --lba32", verdict: "ok", writes: "bootloader --location=mbr --lba32"},
		{version: "F12", line: "bootloader --lba32", verdict: "deprecated", says: "leave it out"},
		{version: "RHEL6", line: "bootloader --lba32", verdict: "deprecated", says: "leave it out"},
		{version: "F14", line: "bootloader --lba32", verdict: "error", says: "gone since F14"},
		{version: "F7", line: "bootloader --timeout=5", verdict: "error", says: "doesn't exist before F8"},
		{version: "F8", line: "bootloader --timeout=0 --default=linux", verdict: "ok", writes: "bootloader --location=mbr --timeout=0 --default=linux"},
		{version: "F8", line: "bootloader --timeout=soon", verdict: "error", says: `whole number, not "soon"`},
		{version: "RHEL5", line: `bootloader --hvargs="dom0_mem=512M x"`, verdict: "ok", writes: `bootloader --location=mbr --hvargs="dom0_mem=512M x"`},
		{version: "RHEL6", line: "bootloader --hvargs=x", verdict: "error", says: "gone since RHEL6"},
		{version: "F14", line: "bootloader --md5pass=x", verdict: "ok", writes: `bootloader --location=mbr --md5pass="x"`},
		{version: "F15", line: "bootloader --md5pass=x", verdict: "ok", writes: `bootloader --location=mbr --password="x" --iscrypted`},
		{version: "F14", line: "bootloader --iscrypted", verdict: "error", says: "doesn't exist before F15"},
		{version: "F16", line: "bootloader --boot-drive=sda", verdict: "error", says: "doesn't exist before F17"},
		{version: "RHEL7", line: "bootloader --boot-drive=sda,sdb", verdict: "error", says: "takes one disk, not \"sda,sdb\"; write --boot-drive=sda"},
		{version: "F17", line: "bootloader --leavebootorder", verdict: "error", says: "doesn't exist before F18"},
		{version: "F18", line: "bootloader --leavebootorder", verdict: "ok", writes: "bootloader --location=mbr --leavebootorder"},
		{version: "F18", line: "bootloader --extlinux", verdict: "error", says: "doesn't exist before F19"},
		{version: "F19", line: "bootloader --extlinux", verdict: "ok"},
		{version: "F20", line: "bootloader --disabled", verdict: "error", says: "doesn't exist before F21"},
		{version: "RHEL7", line: "bootloader --append=quiet --nombr --disabled", verdict: "ok", writes: "bootloader --disabled"},
		{version: "F28", line: "bootloader --upgrade", verdict: "ok"},
		{version: "F33", line: "bootloader --upgrade", verdict: "deprecated", says: "no longer upgrades"},
		{version: "F34", line: "bootloader --upgrade", verdict: "error", says: "gone since F34"},
		{version: "F38", line: "bootloader --sdboot", verdict: "error", says: "doesn't exist before F39"},
		{version: "RHEL9", line: "bootloader --sdboot", verdict: "error", says: "doesn't exist before RHEL10"},
		{version: "DEVEL", line: "bootloader --sdboot --boot-drive=vda", verdict: "ok", writes: "bootloader --location=mbr --boot-drive=vda --sdboot"},
		{version: "F39", line: "bootloader --sdboot --extlinux", verdict: "error", says: "one of --sdboot and --extlinux"},
		{version: "RHEL8", line: "bootloader --loc=mbr --boot-d vda", verdict: "ok", writes: "bootloader --location=mbr --boot-drive=vda"},
		{version: "RHEL8", line: "bootloader --location=sda", verdict: "error", says: "one of mbr, partition, none, boot"},
		{version: "RHEL8", line: "bootloader --append=console=ttyS0 quiet", verdict: "error", says: `takes no word of its own, and this line has "quiet"`},

		{version: "F31", line: "zipl", verdict: "error", says: "doesn't exist before F32"},
		{version: "RHEL8", line: "zipl --secure-boot --force-secure-boot", verdict: "ok", writes: "zipl --force-secure-boot"},
		{version: "RHEL7", line: "zipl --secure-boot", verdict: "error", says: "doesn't exist before RHEL8"},

		{version: "F7", line: "device eth 3c509 --opts=io=0x340", verdict: "ok", writes: `device eth 3c509 --opts="io=0x340"`},
		{version: "F7", line: "device 3c509", verdict: "error", says: "device needs 2 words"},
		{version: "F8", line: "device eth 3c509", verdict: "error", says: "takes one module's name"},
		{version: "F8", line: "device 3c509\ndevice 3c509", verdict: "warning", says: "already said"},
		{version: "F23", line: "device", verdict: "error"},
		{version: "F24", line: "device", verdict: "deprecated", says: "remove the line"},
		{version: "F34", line: "device 3c509", verdict: "error", says: "gone since F34"},
		{version: "F28", line: "deviceprobe", verdict: "ok"},
		{version: "F29", line: "deviceprobe", verdict: "deprecated", says: "found by themselves"},
		{version: "RHEL9", line: "deviceprobe", verdict: "error", says: "gone since RHEL9"},

		{version: "FC3", line: "driverdisk --biospart=82p2", verdict: "error", says: "doesn't exist before FC4"},
		{version: "RHEL4", line: "driverdisk --biospart=82p2", verdict: "ok", writes: "driverdisk --biospart=82p2"},
		{version: "F11", line: "driverdisk sdb2 --type=ext2", verdict: "ok", writes: "driverdisk sdb2 --type=ext2"},
		{version: "F12", line: "driverdisk --type=ext2 sdb2", verdict: "deprecated", writes: "driverdisk sdb2"},
		{version: "F14", line: "driverdisk sdb2 --type=ext2", verdict: "error", says: "recognised by itself"},
		{version: "RHEL8", line: "driverdisk sdb2 sdc2", verdict: "error", says: "takes one partition"},
		{version: "RHEL8", line: "driverdisk --source=http://192.0.2.1/dd.img sdb2", verdict: "error", says: "takes one place"},
		{version: "RHEL8", line: "driverdisk", verdict: "error", says: "driverdisk needs a place"},

		{version: "RHEL6", line: "hmc", verdict: "error", says: "doesn't exist before RHEL7"},
		{version: "F28", line: "hmc", verdict: "ok", writes: "hmc"},
		{version: "RHEL9", line: "hmc --quickly", verdict: "error", says: "no option"},
	} {
		b.test(t)
	}
}
