package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/initrd"
	"cdbuilder/internal/judge"
)

// guestPackages are those whose programs Execute and this test run.
var guestPackages = []string{"btrfs-progs", "cryptsetup-bin", "dmsetup", "dosfstools", "e2fsprogs", "fdisk", "lvm2", "mdadm", "mount", "util-linux", "xfsprogs"}

// TestInMachine boots a real kernel with the installer's initramfs and four
// empty disks, and has this very test program run TestGuest there: LVM, md and
// LUKS need a kernel of their own.
func TestInMachine(t *testing.T) {
	judge.Installation(t)
	qemu := judge.Program(t, "qemu-system-x86_64")
	vmlinuz, initramfs := guest(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	args := []string{
		"-nodefaults", "-no-user-config", "-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-cpu", "max,la57=off", "-m", "768", "-display", "none",
		"-serial", "stdio", "-no-reboot", "-kernel", vmlinuz, "-initrd", initramfs, "-append", "console=ttyS0,115200n8",
	}
	for i := range 4 {
		file := filepath.Join(t.TempDir(), "disk")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, 3*gib); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-drive", fmt.Sprintf("if=none,format=raw,cache=unsafe,id=d%d,file=%s", i, file), "-device", fmt.Sprintf("virtio-blk-pci,drive=d%d,serial=serial%d", i, i))
	}
	cmd := exec.CommandContext(ctx, qemu, args...)
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := &serial{keys: keys}
	if file := os.Getenv("CDB_SERIAL"); file != "" {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		said.log = f
	}
	cmd.Stdout, cmd.Stderr = said, said
	err = cmd.Run()
	out := strings.ReplaceAll(said.said.String(), "\r", "")
	if _, after, ok := strings.Cut(out, "=== RUN   TestGuest\n"); ok {
		out = after
	}
	t.Log(out[max(0, len(out)-60000):])
	if err != nil || !strings.Contains(out, "\n--- PASS: TestGuest") {
		t.Errorf("the guest failed: %v", err)
	}
}

// serial answers the prompts of the machine's serial line in turn.
type serial struct {
	said bytes.Buffer
	keys io.Writer
	log  io.Writer // for who wants to watch
	step int
	seen int
}

func (s *serial) Write(p []byte) (int, error) {
	n, err := s.said.Write(p)
	if s.log != nil {
		_, _ = s.log.Write(p)
	}
	for s.step < len(dialogue) {
		i := strings.Index(s.said.String()[s.seen:], dialogue[s.step].prompt)
		if i < 0 {
			break
		}
		s.seen += i + len(dialogue[s.step].prompt)
		if _, err := io.WriteString(s.keys, dialogue[s.step].answer+"\n"); err != nil {
			return n, err
		}
		s.step++
	}
	return n, err
}

var dialogue = []struct{ prompt, answer string }{
	{"Your choice: ", "3"},
	{"# ", "modprobe virtio-blk; sleep 1; cd /root; CDB_GUEST=1 ./storage.test -test.v -test.run '^TestGuest$'; sync; poweroff -f"},
}

// guest makes kernel and initramfs, with this package's test program in it.
func guest(t *testing.T) (vmlinuz, initramfs string) {
	t.Helper()
	dir := t.TempDir()
	build := func(args ...string) []byte {
		t.Helper()
		file := filepath.Join(dir, "program")
		cmd := exec.Command("go", append(args[:len(args)-1:len(args)-1], "-trimpath", "-ldflags=-s -w", "-o", file, args[len(args)-1])...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	open := func(name string) initrd.Package {
		t.Helper()
		path := debtest.Fetch(t, "trixie", name)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return initrd.Package{Name: name, Reader: f}
	}
	kernel := func() initrd.Package {
		t.Helper()
		f, err := os.Open(debtest.Kernel(t, "trixie"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return initrd.Package{Name: "linux", Reader: f}
	}
	o := initrd.Options{
		Kernel: []initrd.Package{kernel()}, Shell: open("busybox-static"), Time: time.Unix(1754697600, 0).UTC(),
		Init:  build("build", "cdbuilder/tools/stage2"),
		Extra: []initrd.File{{Name: "root/storage.test", Mode: 0o755, Data: build("test", "-c", "cdbuilder/internal/storage")}},
	}
	for _, name := range guestPackages {
		o.Programs = append(o.Programs, open(name))
	}
	for _, name := range debtest.Libraries(t, "trixie", guestPackages...) {
		o.Libraries = append(o.Libraries, open(name))
	}
	vmlinuz, initramfs = filepath.Join(dir, "vmlinuz"), filepath.Join(dir, "initrd.img")
	write := func(name string, fill func(io.Writer) error) {
		t.Helper()
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := fill(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(vmlinuz, func(w io.Writer) error {
		_, err := initrd.WriteVmlinuz(t.Context(), w, kernel())
		return err
	})
	write(initramfs, func(w io.Writer) error {
		_, err := initrd.Build(t.Context(), w, o)
		return err
	})
	return vmlinuz, initramfs
}
