package stage2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"cdbuilder/internal/initrd/modindex"
)

// machine is a System in a directory, with a record of what was asked of its
// kernel.
type machine struct {
	*System
	t       *testing.T
	mu      sync.Mutex
	calls   []string
	clock   time.Time
	onLoad  map[string]func() error // by module name
	ttys    map[string]*terminal
	onMount func(target string)
}

// terminal is a console at which the test sits.
type terminal struct {
	mu     sync.Mutex
	screen bytes.Buffer
	keys   *io.PipeReader
	press  *io.PipeWriter
}

func newTerminal() *terminal {
	r, w := io.Pipe()
	return &terminal{keys: r, press: w}
}

func (t *terminal) Read(p []byte) (int, error) { return t.keys.Read(p) }
func (t *terminal) Close() error               { return nil }

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.Write(p)
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.String()
}

// waitFor waits until the screen shows the text n times.
func (t *terminal) waitFor(tb testing.TB, text string, n int) {
	tb.Helper()
	for range 1000 {
		if strings.Count(t.text(), text) >= n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	tb.Fatalf("%q did not come %d times; the screen shows:\n%s", text, n, t.text())
}

// newMachine makes a machine with a command line, two consoles and no disk.
func newMachine(t *testing.T, cmdline string) *machine {
	m := &machine{t: t, clock: time.Unix(0, 0), onLoad: map[string]func() error{}, ttys: map[string]*terminal{"tty1": newTerminal(), "ttyS0": newTerminal()}}
	m.System = &System{
		Root: t.TempDir(), Patience: 12 * time.Second, Settle: time.Second,
		Now: func() time.Time {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.clock
		},
		Wait: func(ctx context.Context, d time.Duration) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.clock = m.clock.Add(d)
			return ctx.Err()
		},
	}
	m.Kernel = Kernel{
		Mount: func(source, target, fstype string, flags uintptr, _ string) error {
			m.note("mount %s %s %s %d", m.short(source), m.short(target), fstype, flags)
			if m.onMount != nil {
				m.onMount(target)
			}
			return nil
		},
		Unmount: func(target string) error { m.note("umount %s", m.short(target)); return nil },
		LoadModule: func(file string) error {
			name := modindex.Name(file)
			m.note("load %s", name)
			if f := m.onLoad[name]; f != nil {
				return f()
			}
			return nil
		},
		Node: func(file string, major, minor uint32) error {
			m.note("node %s %d %d", m.short(file), major, minor)
			return nil
		},
		Console: func(file string) (io.ReadWriteCloser, error) {
			if tty, ok := m.ttys[filepath.Base(file)]; ok {
				return tty, nil
			}
			return nil, os.ErrNotExist
		},
		Shell: func(file string, argv, _ []string) error {
			m.note("shell %s %s", m.short(file), strings.Join(argv, " "))
			return nil
		},
		Command: func(argv []string) error { m.note("run %s", strings.Join(argv, " ")); return nil },
		Eject:   func(device string) error { m.note("eject %s", m.short(device)); return nil },
		Halt:    func(how Halt) error { m.note("halt %d", how); return nil },
	}
	m.file("/proc/cmdline", cmdline+"\n")
	m.file("/proc/sys/kernel/osrelease", "6.12.41-amd64\n")
	m.file("/proc/sys/kernel/printk", "7 4 1 7\n")
	m.file("/sys/class/tty/console/active", "tty0 ttyS0\n")
	m.file("/usr/lib/modules/6.12.41-amd64/modules.index", `modules 1 6.12.41-amd64
builtin virtio_pci
module ahci kernel/drivers/ata/ahci.ko libata
module isofs kernel/fs/isofs/isofs.ko cdrom
module libata kernel/drivers/ata/libata.ko
module sr_mod kernel/drivers/scsi/sr_mod.ko cdrom
module xhci_pci kernel/drivers/usb/host/xhci-pci.ko
after xhci_pci xhci_pci_renesas
module xhci_pci_renesas kernel/drivers/usb/host/xhci-pci-renesas.ko
alias fs-iso9660 isofs
alias pci:v*bc01sc06i01* ahci
alias pci:v*bc0Csc03i30* xhci_pci
alias scsi:t-0x05* sr_mod
`)
	return m
}

func (m *machine) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, fmt.Sprintf(format, args...))
}

func (m *machine) called() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.calls...)
}

func (m *machine) short(path string) string { return strings.TrimPrefix(path, m.Root) }

func (m *machine) file(name, content string) {
	m.t.Helper()
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// bus puts a device on a bus.
func (m *machine) bus(name, modalias string) { m.file("/sys/bus/"+name+"/modalias", modalias+"\n") }

// disk attaches a block device with a content; a name like sda1 is a partition
// of the disk attached before.
func (m *machine) disk(name, model string, content []byte) {
	m.t.Helper()
	parent := strings.TrimRight(name, "0123456789")
	if strings.HasPrefix(name, "sr") || parent == name {
		parent = ""
	}
	dir := filepath.Join("/sys/devices/x/block", parent, name)
	m.file(dir+"/size", fmt.Sprint(len(content)/512))
	if parent != "" {
		m.file(dir+"/partition", "1")
	} else {
		m.file(dir+"/device/vendor", "ACME    ")
		m.file(dir+"/device/model", model)
	}
	if err := os.MkdirAll(m.path("/sys/class/block"), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Symlink(m.path(dir), m.path("/sys/class/block/"+name)); err != nil {
		m.t.Fatal(err)
	}
	m.file("/dev/"+name, string(content))
}

// isoImage makes the first sectors of an ISO 9660 volume.
func isoImage(label, joliet string) []byte {
	b := make([]byte, 20*sector)
	descriptor := func(n int, kind byte) []byte {
		d := b[(16+n)*sector:][:sector]
		d[0] = kind
		copy(d[1:], "CD001\x01")
		return d
	}
	pvd := descriptor(0, 1)
	copy(pvd[40:72], fmt.Sprintf("%-32s", label))
	binary.LittleEndian.PutUint32(pvd[80:], 20)
	copy(pvd[813:], "2025080912304500")
	copy(pvd[830:], "0000000000000000")
	svd := descriptor(1, 2)
	copy(svd[88:], "%/E")
	for i := range 16 {
		binary.BigEndian.PutUint16(svd[40+2*i:], ' ')
	}
	for i, u := range utf16.Encode([]rune(joliet)) {
		binary.BigEndian.PutUint16(svd[40+2*i:], u)
	}
	descriptor(2, 255)
	return b
}

// fatImage makes a FAT16 boot sector.
func fatImage(label string) []byte {
	b := make([]byte, 16384)
	copy(b[43:], fmt.Sprintf("%-11sFAT16   ", label))
	binary.LittleEndian.PutUint32(b[39:], 0x1234abcd)
	b[510], b[511] = 0x55, 0xaa
	return b
}

var errBroken = errors.New("exec format error")
