// Package vm runs an ISO or a disk in QEMU: for a person to try, and for tests
// that wait for lines on the serial console and take pictures of the screen.
//
// A Machine is a plain value; Argv turns it into the command line, which can be
// printed before anything runs. Start runs it without a window, with the
// serial console and QEMU's control protocol on sockets in a directory that is
// gone with it. Interactive gives the command line for a person.
//
// What is spoken here: qemu(1), the QEMU Machine Protocol (QEMU's
// docs/interop/qmp-spec), and OVMF as Debian packages it: Secure Boot is
// enforced by the build with SMM and the variables with Microsoft's keys.
package vm

import (
	"errors"
	"fmt"
)

// Firmware is what the machine starts with.
type Firmware string

// The firmwares: SeaBIOS, OVMF without, and OVMF with Secure Boot enforced.
const (
	BIOS       Firmware = "bios"
	UEFI       Firmware = "uefi"
	SecureBoot Firmware = "secureboot"
)

// Bus is how a drive is attached.
type Bus string

// The buses. A hybrid ISO boots as CD and as USB.
const (
	CD     Bus = "cd"
	USB    Bus = "usb"
	AHCI   Bus = "ahci"
	Virtio Bus = "virtio"
	NVMe   Bus = "nvme"
)

// Drive is one disk or disc.
type Drive struct {
	Path   string
	As     Bus
	Format string // raw, qcow2; empty: raw
	// ReadOnly keeps the drive as it is; a CD always is. SATA and NVMe disks
	// can be written, so there it is Discard.
	ReadOnly bool
	// Discard sends what is written to a temporary file: the machine may
	// write, the drive stays as it is.
	Discard bool
	// Scratch is for a disk that nobody needs after a power cut of this
	// machine: what the machine inside flushes is not flushed here.
	Scratch bool
	// Serial is the disk's serial number, by which two alike are told apart;
	// empty: QEMU's own.
	Serial string
}

// Machine says what is to run. The zero value with a drive is a BIOS machine.
type Machine struct {
	Name     string // stands in the window's title
	Firmware Firmware
	Drives   []Drive // booted from in this order
	Memory   int     // MiB; 0: 1024
	CPUs     int     // 0: 2
	Accel    string  // kvm, tcg; empty: kvm where it works
	Network  bool    // a card with QEMU's own NAT behind it
	// SSH is a port of this host's loopback that leads to the machine's port
	// 22; 0: none. It needs Network.
	SSH int
	// Kernel, Initrd and Cmdline start a kernel past every boot loader.
	Kernel, Initrd, Cmdline string
	// Log is a file that what the serial console prints is added to; empty: none.
	Log string
	// Vars is a file that keeps the firmware's variables from one run to the
	// next, made when it is not there; empty: every run begins with none.
	Vars string
	// NoReboot ends the machine where it would start again.
	NoReboot bool
}

// Validate reports all faults of the machine.
func (m Machine) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	switch m.Firmware {
	case "", BIOS, UEFI, SecureBoot:
	default:
		fault("firmware %q: give %s, %s or %s", m.Firmware, BIOS, UEFI, SecureBoot)
	}
	switch m.Accel {
	case "", "kvm", "tcg":
	default:
		fault("accelerator %q: give kvm or tcg", m.Accel)
	}
	if m.Memory < 0 || m.CPUs < 0 {
		fault("%d MiB of memory and %d processors make no machine", m.Memory, m.CPUs)
	}
	if m.SSH != 0 && !m.Network || m.SSH < 0 || m.SSH > 65535 {
		fault("SSH on port %d: give a port of 1 to 65535, and the machine a network", m.SSH)
	}
	if m.Kernel == "" && m.Initrd+m.Cmdline != "" {
		fault("an initramfs or a command line without a kernel")
	}
	ports := 0
	for i, d := range m.Drives {
		switch d.As {
		case CD, AHCI:
			if ports++; ports == sataPorts+1 {
				fault("drive %d: the machine has %d SATA ports", i+1, sataPorts)
			}
		case USB, Virtio, NVMe:
		default:
			fault("drive %d: bus %q: give cd, usb, ahci, virtio or nvme", i+1, d.As)
		}
		if d.Path == "" {
			fault("drive %d: no file is named", i+1)
		}
		switch d.Format {
		case "", "raw", "qcow2":
		default:
			fault("drive %d: format %q: give raw or qcow2", i+1, d.Format)
		}
	}
	return errors.Join(faults...)
}

func (m Machine) uefi() bool { return m.Firmware == UEFI || m.Firmware == SecureBoot }

// sataPorts is what QEMU's q35 has.
const sataPorts = 6
