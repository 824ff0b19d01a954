package vm

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// files are the paths that a command line names beside the drives.
type files struct {
	vars    string // the firmware's variables: the machine's own copy, or Machine.Vars
	serial  string // sockets that QEMU connects to
	control string
	log     string // Machine.Log
}

// argv is what every command line begins with, up to display and consoles.
func (m Machine) argv(h Host, f files) []string {
	accel, cpu := m.Accel, "max,la57=off" // five-level paging only slows TCG down
	if accel == "" {
		accel = h.Accel
	}
	if accel == "kvm" {
		cpu = "host"
	}
	machine := "q35,accel=" + accel
	if m.Firmware == SecureBoot {
		machine += ",smm=on"
	}
	a := []string{
		h.QEMU, "-nodefaults", "-no-user-config",
		"-name", escape(cmp.Or(m.Name, "cd-builder")),
		"-machine", machine, "-cpu", cpu,
		"-smp", strconv.Itoa(cmp.Or(m.CPUs, 2)), "-m", strconv.Itoa(cmp.Or(m.Memory, 1024)),
		"-device", "VGA", "-device", "qemu-xhci,id=xhci", "-device", "usb-kbd,bus=xhci.0", "-device", "usb-tablet,bus=xhci.0",
		"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
	}
	if m.uefi() {
		code := h.Code
		if m.Firmware == SecureBoot {
			code = h.SecureCode
			// Only firmware in SMM may write the variables, or an operating
			// system could switch Secure Boot off.
			a = append(a, "-global", "driver=cfi.pflash01,property=secure,value=on")
		}
		a = append(a,
			"-drive", "if=pflash,unit=0,format=raw,readonly=on,file="+escape(code),
			"-drive", "if=pflash,unit=1,format=raw,file="+escape(f.vars))
	}
	if m.Network {
		forward := ""
		if m.SSH != 0 {
			forward = fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-:22", m.SSH)
		}
		a = append(a, "-netdev", "user,id=net0"+forward, "-device", "virtio-net-pci,netdev=net0,romfile=")
	}
	for _, o := range []struct{ option, value string }{{"-kernel", m.Kernel}, {"-initrd", m.Initrd}, {"-append", m.Cmdline}} {
		if o.value != "" {
			a = append(a, o.option, o.value)
		}
	}
	if m.NoReboot {
		a = append(a, "-no-reboot")
	}
	ports := 0
	for i, d := range m.Drives {
		a = append(a, d.argv(i, ports)...)
		if d.As == CD || d.As == AHCI {
			ports++
		}
	}
	return a
}

// argv attaches the drive as the nth of the machine.
func (d Drive) argv(n, port int) []string {
	id := fmt.Sprintf("drive%d", n)
	file := fmt.Sprintf("if=none,id=%s,format=%s,file=%s", id, cmp.Or(d.Format, "raw"), escape(d.Path))
	switch {
	case d.As == CD || d.ReadOnly && (d.As == USB || d.As == Virtio):
		file += ",readonly=on"
	case d.Discard || d.ReadOnly: // there are no SATA and NVMe disks that cannot be written
		file += ",snapshot=on"
	}
	if d.Scratch {
		file += ",cache=unsafe"
	}
	var device string
	switch d.As {
	case CD:
		device = fmt.Sprintf("ide-cd,bus=ide.%d", port)
	case AHCI:
		device = fmt.Sprintf("ide-hd,bus=ide.%d", port)
	case USB:
		device = "usb-storage,bus=xhci.0,removable=on"
	case Virtio:
		device = "virtio-blk-pci"
	case NVMe:
		device = fmt.Sprintf("nvme,serial=%s", escape(cmp.Or(d.Serial, fmt.Sprintf("cdb%d", n))))
	}
	if d.Serial != "" && d.As != NVMe { // which cannot be without
		device += ",serial=" + escape(d.Serial)
	}
	return []string{"-drive", file, "-device", fmt.Sprintf("%s,drive=%s,bootindex=%d", device, id, n+1)}
}

// headless ends the command line of a machine that a program drives.
func (f files) headless() []string {
	return []string{
		"-display", "none",
		"-chardev", "socket,id=serial,path=" + escape(f.serial) + logged(f.log), "-serial", "chardev:serial",
		"-chardev", "socket,id=control,path=" + escape(f.control), "-mon", "chardev=control,mode=control",
	}
}

func logged(file string) string {
	if file == "" {
		return ""
	}
	return ",logappend=on,logfile=" + escape(file)
}

// escape doubles commas, which end a value in QEMU's option lists.
func escape(s string) string { return strings.ReplaceAll(s, ",", ",,") }
