package vm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/color"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestArgv(t *testing.T) {
	h := Host{QEMU: "/usr/bin/qemu", Accel: "tcg", Code: "/fw/CODE", Vars: "/fw/VARS", SecureCode: "/fw/CODE.ms", SecureVars: "/fw/VARS.ms"}
	for _, c := range []struct {
		name      string
		m         Machine
		has, lack []string
	}{
		{"bios from cd", Machine{Drives: []Drive{{Path: "x.iso", As: CD}}},
			[]string{"-machine q35,accel=tcg", "if=none,id=drive0,format=raw,file=x.iso,readonly=on", "ide-cd,bus=ide.0,drive=drive0,bootindex=1", "-smp 2", "-m 1024", "-display none"},
			[]string{"pflash", "smm", "netdev", "-no-reboot"}},
		{"uefi", Machine{Firmware: UEFI, Drives: []Drive{{Path: "x", As: USB, Discard: true}}},
			[]string{"unit=0,format=raw,readonly=on,file=/fw/CODE ", "unit=1,format=raw,file=/d/vars.fd", "snapshot=on", "usb-storage,bus=xhci.0,removable=on,drive=drive0,bootindex=1"},
			[]string{"smm", "property=secure"}},
		{"secure boot", Machine{Firmware: SecureBoot, NoReboot: true, Network: true},
			[]string{"q35,accel=tcg,smm=on", "-global driver=cfi.pflash01,property=secure,value=on", "file=/fw/CODE.ms ", "-no-reboot", "virtio-net-pci"},
			[]string{"file=/fw/CODE ", "bootindex"}},
		{"two alike, reached by ssh", Machine{Firmware: UEFI, Log: "/l", Vars: "/v", Network: true, SSH: 2222, Kernel: "k", Initrd: "i", Cmdline: "a b", Drives: []Drive{{Path: "x", As: Virtio, Scratch: true, Serial: "S,1"}, {Path: "y", As: NVMe, Serial: "S2"}}},
			[]string{"user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22", "-kernel k -initrd i -append a b", "unit=1,format=raw,file=/v ", "cache=unsafe", "/serial,logappend=on,logfile=/l ", "virtio-blk-pci,serial=S,,1,drive=drive0", "nvme,serial=S2,drive"}, []string{"vars.fd", "serial=cdb"}},
		{"kvm", Machine{Accel: "kvm", Memory: 4096, CPUs: 8}, []string{"accel=kvm", "-cpu host", "-smp 8", "-m 4096"}, []string{"max"}},
		{"many drives", Machine{Drives: []Drive{{Path: "a,b", As: AHCI}, {Path: "n", As: NVMe}, {Path: "c", As: CD}, {Path: "v", As: Virtio, Format: "qcow2"}}},
			[]string{"file=a,,b ", "ide-hd,bus=ide.0,", "nvme,serial=cdb1,drive=drive1,bootindex=2", "ide-cd,bus=ide.1,", "format=qcow2,file=v"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := strings.Join(c.m.Argv(h, "/d"), " ") + " "
			for _, w := range c.has {
				if !strings.Contains(line, w) {
					t.Errorf("lacks %q:\n%s", w, line)
				}
			}
			for _, w := range c.lack {
				if strings.Contains(line, w) {
					t.Errorf("has %q:\n%s", w, line)
				}
			}
		})
	}
	h.Setpriv = "/usr/bin/setpriv"
	if got := strings.Join(Machine{}.Argv(h, "/d"), " "); !strings.HasPrefix(got, "/usr/bin/setpriv --pdeathsig KILL -- /usr/bin/qemu ") {
		t.Errorf("with setpriv: %s", got)
	}
	line := strings.Join(Machine{}.Interactive(h, "/d", Terminal), " ")
	if !strings.HasSuffix(line, "-display none -serial mon:stdio") {
		t.Errorf("on a terminal: %s", line)
	}
}

func TestMachineFaultsAreAllNamed(t *testing.T) {
	m := Machine{Firmware: "coreboot", Accel: "xen", Memory: -1, SSH: 22, Cmdline: "x", Drives: []Drive{{Path: "", As: "floppy", Format: "vmdk"}}}
	for range 7 {
		m.Drives = append(m.Drives, Drive{Path: "x", As: CD})
	}
	err := m.Validate()
	for _, want := range []string{"coreboot", "xen", "-1 MiB", "floppy", "no file", "vmdk", "6 SATA ports", "SSH on port 22", "without a kernel"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

func TestConsoleWaits(t *testing.T) {
	c := newConsole()
	go func() {
		for _, s := range []string{"fir", "st line\r\n\x1b[", "1;37mIn", "\x1b[0mstall\x1b", "[K it\r\nsecond", " line\r\n"} {
			_, _ = c.Write([]byte(s))
			time.Sleep(time.Millisecond)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, want := range []string{"first line", "Install it", "second line"} {
		if err := c.WaitLine(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := c.Text(), "first line\nInstall it\nsecond line\n"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := c.WaitLine(short, "first") // it lies behind us
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "second line") {
		t.Errorf("got %v, want a deadline and the last words", err)
	}
	go c.end()
	if err := c.WaitLine(ctx, "never"); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("got %v", err)
	}
}

func TestConsoleForgetsTheOldest(t *testing.T) {
	c := newConsole()
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range 3 * maxConsole / 1024 {
		_, _ = c.Write(line)
	}
	_, _ = c.Write([]byte("the end\n"))
	if n := len(c.Text()); n > 2*maxConsole {
		t.Errorf("%d bytes are kept", n)
	}
	if err := c.WaitLine(t.Context(), "the end"); err != nil {
		t.Error(err)
	}
}

func FuzzConsole(f *testing.F) {
	f.Add([]byte("a\x1b[1;37mb\x1b[0mc\r\n"), uint8(3))
	f.Add([]byte("\x1b[\x1b[=3h\x1b(B"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		whole, parts := newConsole(), newConsole()
		_, _ = whole.Write(b)
		for rest := b; len(rest) > 0; {
			n := min(len(rest), int(step%7)+1)
			_, _ = parts.Write(rest[:n])
			rest = rest[n:]
		}
		if len(parts.Text()) > len(b) || len(whole.Text()) > len(b) {
			t.Errorf("%q grew to %q", b, parts.Text())
		}
	})
}

func TestControl(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(shortTemp(t), "control"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	go func() {
		theirs, err := l.Accept()
		if err != nil {
			return
		}
		defer theirs.Close()
		in := bufio.NewScanner(theirs)
		_, _ = theirs.Write([]byte(`{"QMP": {"version": {}, "capabilities": []}}` + "\n"))
		for in.Scan() {
			var request struct{ Execute string }
			_ = json.Unmarshal(in.Bytes(), &request)
			switch request.Execute {
			case "good":
				_, _ = theirs.Write([]byte(`{"timestamp": {}, "event": "RESET"}` + "\n" + `{"return": {}}` + "\n"))
			case "bad":
				_, _ = theirs.Write([]byte(`{"error": {"class": "GenericError", "desc": "no such thing"}}` + "\n"))
			}
		}
	}()
	c := newControl(ours)
	if err := c.do(t.Context(), "good", nil); err != nil {
		t.Error(err)
	}
	if err := c.do(t.Context(), "bad", map[string]any{"a": 1}); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.do(ctx, "silent", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestDecodePPM(t *testing.T) {
	img, err := decodePPM(bufio.NewReader(strings.NewReader("P6\n2 1\n255\n\x01\x02\x03\n\xfe\xff")))
	if err != nil {
		t.Fatal(err)
	}
	if img.At(1, 0) != (color.RGBA{'\n', 0xfe, 0xff, 255}) {
		t.Errorf("pixel %v", img.At(1, 0))
	}
	for _, bad := range []string{"", "P5\n1 1\n255\n\x00", "P6\n99999 99999\n255\n", "P6\n-1 1\n255\n", "P6\n2 2\n255\n\x00", "P6\n1 1\n65535\n\x00\x00\x00"} {
		if _, err := decodePPM(bufio.NewReader(bytes.NewReader([]byte(bad)))); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestEscapesOfMenus(t *testing.T) {
	got := string(plain([]byte("\x1b[=3h\x1b[2J\x1b[01;01H\x1b(0x\x1b[?25lok\x1b7\r\x00")))
	if got != "xok" {
		t.Errorf("got %q, want %q", got, "xok")
	}
}
