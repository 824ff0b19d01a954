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

// boot starts QEMU with the drives' arguments. The machine is ended with the
// test.
func boot(t *testing.T, cmdline string, drives ...string) *guest {
	t.Helper()
	qemu := judge.Program(t, "qemu-system-x86_64")
	vmlinuz, initramfs := bootFiles(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	args := []string{
		"-nodefaults", "-no-user-config", "-machine", "q35,accel=kvm:tcg", "-cpu", "max,la57=off", "-smp", "2", "-m", "512", "-display", "none",
		"-device", "VGA", "-serial", "stdio", "-no-reboot", "-kernel", vmlinuz, "-initrd", initramfs,
		"-append", "console=tty0 console=ttyS0,115200n8 " + cmdline,
	}
	cmd := exec.CommandContext(ctx, qemu, append(args, drives...)...)
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

// expect waits until the serial line has said text since the last expect.
func (g *guest) expect(text string) {
	g.t.Helper()
	timeout := time.After(4 * time.Minute)
	for {
		if _, after, ok := strings.Cut(g.seen.String(), text); ok {
			g.seen.Reset()
			g.seen.WriteString(after)
			return
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

func drive(file string) []string {
	return []string{"-drive", "if=none,id=d,format=raw,readonly=on,file=" + file}
}

// TestEveryBus boots from each kind of drive to the menu and switches off.
func TestEveryBus(t *testing.T) {
	judge.Slow(t)
	iso := medium(t)
	buses := []struct {
		name, found string
		devices     []string
	}{
		{"CD", "sr0", []string{"-device", "ide-cd,drive=d,bus=ide.0"}},
		{"USB", "sda", []string{"-device", "qemu-xhci", "-device", "usb-storage,drive=d,removable=on"}},
		{"USB 2 behind UHCI companions", "sda", []string{"-device", "ich9-usb-ehci1,id=e", "-device", "usb-storage,drive=d,bus=e.0"}},
		{"USB attached SCSI", "sda", []string{"-device", "qemu-xhci", "-device", "usb-uas,id=u", "-device", "scsi-hd,bus=u.0,drive=d"}},
		{"SATA", "sda", []string{"-device", "ide-hd,drive=d,bus=ide.0"}},
		{"virtio", "vda", []string{"-device", "virtio-blk-pci,drive=d"}},
		{"virtio SCSI CD", "sr0", []string{"-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=d"}},
		{"NVMe", "nvme0n1", []string{"-device", "nvme,drive=d,serial=x"}},
		{"SD card", "mmcblk0", []string{"-device", "sdhci-pci", "-device", "sd-card,drive=d"}},
		{"LSI SAS", "sda", []string{"-device", "mptsas1068", "-device", "scsi-hd,drive=d"}},
		{"LSI MegaRAID", "sda", []string{"-device", "megasas", "-device", "scsi-hd,drive=d"}},
		{"VMware", "sda", []string{"-device", "pvscsi", "-device", "scsi-hd,drive=d"}},
	}
	for _, bus := range buses {
		t.Run(bus.name, func(t *testing.T) {
			args := drive(iso)
			if bus.found == "mmcblk0" { // a card's size is a power of two
				args = drive(padded(t, iso))
			}
			g := boot(t, "inst.stage2=hd:LABEL="+label, append(args, bus.devices...)...)
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
			g.press("4")
			g.expect("reboot: Power down")
		})
	}
}

// padded is a copy of the file whose size is the next power of two.
func padded(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	size := 1 << 20
	for size < len(data) {
		size *= 2
	}
	path := filepath.Join(t.TempDir(), "card.img")
	if err := os.WriteFile(path, append(data, make([]byte, size-len(data))...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAtTheSerialLine walks through all that a person can do there.
func TestAtTheSerialLine(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL="+label+" rd.live.check", append(drive(iso), "-device", "qemu-xhci", "-device", "usb-storage,drive=d")...)
	g.expect("stage2: medium " + label + " found\n")
	g.expect("100 % of")
	g.expect("stage2: media check passed\n")
	g.expect("stage2: menu\n")
	g.press("1")
	g.expect("stage2: media check passed\n")
	g.expect("Your choice: ")
	g.press("2")
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
	g.press("dd if=/dev/zero of=/tmp/fs bs=1M count=8 2>/dev/null; mkfs.ext2 /tmp/fs >/dev/null && mount -o loop /tmp/fs /mnt && grep -o '/mnt ext[234]' /proc/mounts; modprobe xfs && echo xfs is in")
	g.expect("/mnt ext")
	g.expect("xfs is in\n")
	// The installer's orphans are buried by process 1.
	g.press("(sleep 1 & ) ; sleep 2; ps | grep -c '[Z] '")
	g.expect("0\n")
	g.press("stty raw -echo; exit")
	g.expect("stage2: menu\n")
	g.expect("Your choice: ")
	// Echo is back although the shell has left it off.
	g.press("9")
	g.expect("9\nPlease answer with a number from 1 to 4.\n")
	// A fall of the installer is no panic of the kernel.
	g.press("2")
	g.expect("# ")
	g.press("kill -SEGV $(ps | awk '/[i]nit installer/ {print $1}')")
	g.expect("stage2: the installer fell: ")
	g.expect("stage2: menu\n")
	g.press("3")
	g.expect("reboot: Restarting system")
}

// TestRescue goes to a shell first, and TestTrouble shows what is said of
// media that are missing, damaged or there twice.
func TestRescue(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=cdrom inst.rescue", append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.1")...)
	g.expect("stage2: medium " + label + " found\n")
	g.expect("stage2: shell\n")
	g.expect("# ")
	g.press("exit")
	g.expect("stage2: menu\n")
	g.press("4")
	g.expect("reboot: Power down")
}

func TestTwice(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL="+label, append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0",
		"-drive", "if=none,id=e,format=raw,readonly=on,file="+iso, "-device", "qemu-xhci", "-device", "usb-storage,drive=e")...)
	g.expect("stage2: label " + label + " is on several devices: /dev/sda (")
	g.expect(" and /dev/sr0 (")
	g.expect("stage2: menu\n")
}

func TestDamaged(t *testing.T) {
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
	g := boot(t, "inst.stage2=hd:LABEL="+label+" rd.live.check", append(drive(iso), "-device", "virtio-blk-pci,drive=d")...)
	g.expect("stage2: media check failed: the medium differs from what was made")
	g.expect("stage2: menu\n")
}

// TestMissing waits for a medium that never comes.
func TestMissing(t *testing.T) {
	iso := medium(t)
	g := boot(t, "inst.stage2=hd:LABEL=Another", append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0")...)
	g.expect("stage2: still looking for the medium (")
	g.expect("stage2: no medium found: label Another did not appear within ")
	g.expect("stage2: seen: /dev/sr0 (QEMU QEMU DVD-ROM, ")
	g.expect(fmt.Sprintf("iso9660, label %s", label))
	g.expect("stage2: menu\n")
}

// TestTimeFromKernelToMedium reports the figure that people wait for.
func TestTimeFromKernelToMedium(t *testing.T) {
	iso := medium(t)
	start := time.Now()
	g := boot(t, "inst.stage2=hd:LABEL="+label, append(drive(iso), "-device", "ide-cd,drive=d,bus=ide.0")...)
	g.expect("Linux version")
	first := time.Since(start)
	g.expect("stage2: medium " + label + " found\n")
	found := time.Since(start)
	g.expect("Your choice: ")
	g.press("2")
	g.expect("# ")
	g.press("dmesg | grep 'Run /init'; free -m | grep Mem")
	g.expect("dmesg |")
	g.expect("Mem:")
	g.expect("\n")
	at := regexp.MustCompile(`\[ *([0-9.]+)\] Run /init`).FindString(g.seen.String())
	t.Logf("the kernel's first line after %.1f s, the medium %.1f s later %s", first.Seconds(), (found - first).Seconds(), at)
}
