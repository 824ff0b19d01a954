package initrd

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/judge"
)

// guest is a machine in QEMU that boots our initramfs, seen over its serial
// line.
type guest struct {
	t      *testing.T
	keys   io.Writer
	output chan string // pieces of what comes from the serial line
	seen   strings.Builder
}

// boot starts QEMU with the drives' arguments.
func boot(t *testing.T, cmdline string, drives ...string) *guest {
	t.Helper()
	judge.Program(t, "qemu-system-x86_64")
	vmlinuz, initramfs := bootFiles(t)
	return start(t, vmlinuz, initramfs, cmdline, drives...)
}

// start starts QEMU. The machine is ended with the test.
func start(t *testing.T, vmlinuz, initramfs, cmdline string, more ...string) *guest {
	t.Helper()
	qemu := judge.Program(t, "qemu-system-x86_64")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	args := []string{
		"-nodefaults", "-no-user-config", "-machine", "q35", "-accel", "tcg", "-cpu", "max,la57=off", "-m", "512", "-display", "none",
		"-device", "VGA", "-serial", "stdio", "-no-reboot", "-kernel", vmlinuz, "-initrd", initramfs,
		"-append", "console=tty0 console=ttyS0,115200n8 " + cmdline,
	}
	cmd := exec.CommandContext(ctx, qemu, append(args, more...)...)
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	serial, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, keys: keys, output: make(chan string, 1000)}
	go func() {
		defer close(g.output)
		r := bufio.NewReader(serial)
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			if n > 0 {
				g.output <- string(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range g.output {
		}
		_ = cmd.Wait() // it was killed, or switched itself off
	})
	return g
}

// expect waits until the serial line has said text since the last expect, and
// returns what came before it.
func (g *guest) expect(text string) string {
	g.t.Helper()
	timeout := time.After(4 * time.Minute)
	for {
		if before, after, ok := strings.Cut(g.seen.String(), text); ok {
			g.seen.Reset()
			g.seen.WriteString(after)
			return before
		}
		select {
		case piece, ok := <-g.output:
			if !ok {
				g.t.Fatalf("the machine ended without saying %q; last it said:\n%s", text, tail(g.seen.String()))
			}
			g.seen.WriteString(strings.ReplaceAll(piece, "\r", ""))
		case <-timeout:
			g.t.Fatalf("%q did not come; last was said:\n%s", text, tail(g.seen.String()))
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

// press types a line.
func (g *guest) press(text string) {
	g.t.Helper()
	if _, err := io.WriteString(g.keys, text+"\n"); err != nil {
		g.t.Fatal(err)
	}
}

// bootFiles writes kernel and initramfs to files.
func bootFiles(t *testing.T) (vmlinuz, initramfs string) {
	t.Helper()
	data, report := built(t)
	dir := t.TempDir()
	vmlinuz, initramfs = filepath.Join(dir, "vmlinuz"), filepath.Join(dir, "initrd.img")
	var kernel bytes.Buffer
	release, err := WriteVmlinuz(context.Background(), &kernel, openPackage(t, debtest.Kernel(t, "trixie")))
	if err != nil {
		t.Fatal(err)
	}
	if release != report.Release {
		t.Fatalf("vmlinuz is of %s, the modules are of %s", release, report.Release)
	}
	for path, content := range map[string][]byte{vmlinuz: kernel.Bytes(), initramfs: data} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return vmlinuz, initramfs
}

const label = "Demo-13-trixie-20250809-Beta-05"

// medium makes an ISO with real tools: a hybrid one, with a checksum of itself.
func medium(t *testing.T) string {
	t.Helper()
	judge.Slow(t)
	tree, file := t.TempDir(), filepath.Join(t.TempDir(), "medium.iso")
	for name, content := range map[string]string{
		".disk/product.toml":             "name = \"Demo server\"\nrelease = \"" + label + "\"\nlabel = \"" + label + "\"\nversion = \"Beta 05\"\nsuite = \"trixie\"\narch = \"amd64\"\npackages = 2\nbuilt = 2025-08-09T00:00:00Z\n",
		"pool/main/d/dash_1_amd64.deb":   strings.Repeat("dash", 500000),
		"pool/main/l/login-1_amd64.deb":  strings.Repeat("login", 500000),
		"ks/server-with-a-long-name.ks":  "%packages\n%end\n",
		"a/directory/that/has/a/file.md": "text",
	} {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// -part_like_isohybrid gives the stick a partition that starts with the
	// same bytes as the whole.
	for _, argv := range [][]string{
		{judge.Program(t, "xorriso"), "-as", "mkisofs", "-quiet", "-V", label, "-J", "-R", "-partition_offset", "0", "-o", file, tree},
		{judge.Program(t, "implantisomd5"), file},
	} {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", argv, err, out)
		}
	}
	return file
}

// drive is the medium as a drive named d; what the machine writes is thrown
// away.
func drive(file string) []string {
	return []string{"-drive", "if=none,id=d,format=raw,snapshot=on,file=" + file}
}

// TestEveryBus boots from each kind of drive to the menu and switches off.
func TestEveryBus(t *testing.T) {
	iso := medium(t)
	buses := []struct {
		name, found string
		devices     []string
	}{
		{"CD", "sr0", []string{"-device", "ide-cd,drive=d,bus=ide.0"}},
		{"USB", "sda", []string{"-device", "qemu-xhci", "-device", "usb-storage,drive=d,removable=on"}},
		{"SATA", "sda", []string{"-device", "ide-hd,drive=d,bus=ide.0"}},
		{"virtio", "vda", []string{"-device", "virtio-blk-pci,drive=d"}},
		{"NVMe", "nvme0n1", []string{"-device", "nvme,drive=d,serial=x"}},
	}
	for _, bus := range buses {
		t.Run(bus.name, func(t *testing.T) {
			g := boot(t, "inst.stage2=hd:LABEL="+label, append(drive(iso), bus.devices...)...)
			g.expect("Run /init as init process\n")
			start := time.Now()
			g.expect("stage2: medium " + label + " found\n")
			t.Logf("from /init to the medium: %.1f s", time.Since(start).Seconds())
			g.expect("stage2: it is /dev/" + bus.found + " (")
			g.expect("  Product     Demo server Beta 05\n")
			g.expect("  Packages    2, ")
			g.expect("  Kickstarts  server-with-a-long-name.ks\n")
			g.expect("stage2: menu\n")
			g.expect("Your choice: ")
			g.press("5")
			g.expect("reboot: Power down")
		})
	}
}

// TestOtherAdapters has one machine with every other adapter that QEMU can be
// and we carry a driver for, each with a disk of a size of its own.
func TestOtherAdapters(t *testing.T) {
	iso := medium(t)
	adapters := []struct {
		name    string
		devices []string // the last takes the drive
	}{
		{"USB 2", []string{"ich9-usb-ehci1,id=usb2", "usb-storage,bus=usb2.0"}},
		{"USB 1", []string{"piix3-usb-uhci,id=usb1", "usb-storage,bus=usb1.0"}},
		{"USB attached SCSI", []string{"qemu-xhci,id=usb3", "usb-uas,id=uas,bus=usb3.0", "scsi-hd,bus=uas.0"}},
		{"virtio SCSI", []string{"virtio-scsi-pci,id=vs", "scsi-hd,bus=vs.0"}},
		{"SD card", []string{"sdhci-pci", "sd-card"}},
		{"LSI SAS", []string{"mptsas1068,id=mpt", "scsi-hd,bus=mpt.0,wwn=0x5000c50012345678"}},
		{"LSI 53C895", []string{"lsi53c895a,id=lsi", "scsi-hd,bus=lsi.0"}},
		{"MegaRAID", []string{"megasas,id=mega", "scsi-hd,bus=mega.0"}},
		{"VMware", []string{"pvscsi,id=vmware", "scsi-hd,bus=vmware.0"}},
		{"IDE", []string{"piix3-ide,id=piix", "ide-hd,bus=piix.0"}},
	}
	args := append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0")
	for i, a := range adapters {
		kib := 16384 // an SD card's size is a power of two
		if a.name != "SD card" {
			kib += i + 1
		}
		file := filepath.Join(t.TempDir(), "disk")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, int64(kib)<<10); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-drive", fmt.Sprintf("if=none,id=a%d,format=raw,file=%s", i, file))
		for n, d := range a.devices {
			if n == len(a.devices)-1 {
				d += fmt.Sprintf(",drive=a%d", i)
			}
			args = append(args, "-device", d)
		}
	}
	g := boot(t, "inst.stage2=hd:LABEL="+label, args...)
	g.expect("stage2: menu\n")
	g.press("3")
	g.expect("# ")
	g.press(fmt.Sprintf("for i in $(seq 60); do [ $(grep -c . /proc/partitions) -ge %d ] && break; sleep 1; done; cat /proc/partitions; echo that is all", len(adapters)+2))
	g.expect("echo that is all\n")
	list := g.expect("that is all\n")
	for i, a := range adapters {
		kib := 16384
		if a.name != "SD card" {
			kib += i + 1
		}
		if !regexp.MustCompile(fmt.Sprintf(`\s%d\s`, kib)).MatchString(list) {
			t.Errorf("%s: no disk of %d KiB in\n%s", a.name, kib, list)
		}
	}
}

// TestAtTheSerialLine walks through all that a person can do there.
func TestAtTheSerialLine(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL="+label+" rd.live.check", append(drive(iso), "-device", "qemu-xhci", "-device", "usb-storage,drive=d")...)
	g.expect("stage2: medium " + label + " found\n")
	g.expect("100 % of")
	g.expect("stage2: media check passed\n")
	g.expect("stage2: menu\n")
	g.press("2")
	g.expect("stage2: media check passed\n")
	g.expect("Your choice: ")
	g.press("3")
	g.expect("stage2: shell\n")
	g.expect("# ")
	// Job control: Ctrl-C ends sleep, not the shell; the shell leads its session.
	g.press("sleep 1000")
	time.Sleep(2 * time.Second)
	if _, err := io.WriteString(g.keys, "\x03"); err != nil {
		t.Fatal(err)
	}
	g.expect("# ")
	g.press("tty; ls /run/install/repo/ks; grep -c . /proc/modules; dmesg | grep -ci 'tainted\\|call trace'")
	g.expect("/dev/ttyS0\n")
	g.expect("server-with-a-long-name.ks\n")
	// The kernel itself asks our modprobe for what is missing.
	g.press("dd if=/dev/zero of=/tmp/fs bs=1M count=8 2>/dev/null; mkfs.ext2 /tmp/fs >/dev/null && mount -o loop /tmp/fs /mnt && grep -q '/mnt ext[234]' /proc/mounts && echo fs is o''n; modprobe xfs && echo xfs is i''n")
	g.expect("fs is on\n")
	g.expect("xfs is in\n")
	// The installer's orphans are buried by process 1.
	g.press("(sleep 1 & ) ; sleep 2; ps | grep -c '[Z] '")
	g.expect("0\n")
	g.press("stty raw -echo; exit")
	g.expect("stage2: menu\n")
	g.expect("Your choice: ")
	// Echo is back although the shell has left it off.
	g.press("9")
	g.expect("9\nPlease answer with a number from 1 to 5.\n")
	// A fall of the installer is no panic of the kernel.
	g.press("3")
	g.expect("# ")
	g.press("kill -SEGV $(ps | awk '/[i]nit installer/ {print $1}')")
	g.expect("stage2: the installer fell: ")
	g.expect("stage2: menu\n")
	g.press("4")
	g.expect("reboot: Restarting system")
}

// TestDamagedMedium is told of, and inst.rescue leads to a shell first.
func TestDamagedMedium(t *testing.T) {
	iso := medium(t)
	f, err := os.OpenFile(iso, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xff}, 2<<20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g := boot(t, "inst.stage2=cdrom inst.rescue rd.live.check", append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.1")...)
	g.expect("stage2: medium " + label + " found\n")
	g.expect("stage2: media check failed: the medium differs from what was made")
	g.expect("stage2: shell\n")
	g.expect("# ")
	g.press("exit")
	g.expect("stage2: menu\n")
	g.press("5")
	g.expect("reboot: Power down")
}

// TestTwoMediaOfOneName are both named.
func TestTwoMediaOfOneName(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL="+label, append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0",
		"-drive", "if=none,id=e,format=raw,snapshot=on,file="+iso, "-device", "ide-hd,drive=e,bus=ide.1")...)
	g.expect("stage2: label " + label + " is on several devices: /dev/sda (")
	g.expect(" and /dev/sr0 (")
	g.expect("stage2: menu\n")
}

// TestMissingMedium waits for one that never comes.
func TestMissingMedium(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL=Another", append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0")...)
	g.expect("stage2: still looking for the medium (")
	g.expect("stage2: no medium found: label Another did not appear within ")
	g.expect("stage2: seen: /dev/sr0 (QEMU QEMU DVD-ROM, ")
	g.expect("iso9660, label " + label)
	g.expect("stage2: menu\n")
}
