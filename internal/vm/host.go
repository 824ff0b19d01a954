package vm

import (
	"errors"
	"fmt"
	"os"

	"cdbuilder/internal/run"
)

// Host is what this machine offers for running others.
type Host struct {
	QEMU  string
	Accel string // kvm where /dev/kvm can be opened, otherwise tcg
	// Setpriv is util-linux's setpriv(1), or empty. It has the kernel end QEMU
	// when its parent dies, also by SIGKILL, which nobody could catch to stop it.
	Setpriv string

	// OVMF: the firmware and an empty store of variables; and the pair that
	// enforces Secure Boot with Microsoft's keys.
	Code, Vars             string
	SecureCode, SecureVars string
}

// program is the emulator of the architecture that media are built for.
const program = "qemu-system-x86_64"

// ovmf lists where distributions put the firmware, in order of preference:
// Debian and Ubuntu, Fedora and EL, Arch, openSUSE.
var ovmf = []struct{ code, vars, secureCode, secureVars string }{
	{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd",
		"/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
	{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd",
		"/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd", "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"},
	{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd", "", ""},
	{"/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin",
		"/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin", "/usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin"},
}

// ErrMissing is in the chain of an error about a package to install.
var ErrMissing = errors.New("not installed")

// FindHost looks for QEMU and, where the firmware needs it, for OVMF. What is
// missing is one error that names the package.
func FindHost(fw Firmware) (Host, error) {
	h := Host{Accel: "tcg"}
	var err error
	if h.QEMU, err = run.Look(program); err != nil {
		return h, fmt.Errorf("QEMU is %w: apt install qemu-system-x86 (Debian), dnf install qemu-system-x86-core (Fedora)", ErrMissing)
	}
	h.Setpriv, _ = run.Look("setpriv") // without it a killed parent leaves QEMU behind
	if kvm, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err == nil {
		h.Accel = "kvm"
		_ = kvm.Close()
	}
	for _, o := range ovmf {
		if h.Code == "" && exist(o.code, o.vars) {
			h.Code, h.Vars = o.code, o.vars
		}
		if h.SecureCode == "" && exist(o.secureCode, o.secureVars) {
			h.SecureCode, h.SecureVars = o.secureCode, o.secureVars
		}
	}
	switch {
	case fw == UEFI && h.Code == "":
		return h, fmt.Errorf("the UEFI firmware OVMF is %w: apt install ovmf (Debian), dnf install edk2-ovmf (Fedora)", ErrMissing)
	case fw == SecureBoot && h.SecureCode == "":
		return h, fmt.Errorf("the UEFI firmware OVMF with Secure Boot is %w: apt install ovmf (Debian), dnf install edk2-ovmf (Fedora)", ErrMissing)
	}
	return h, nil
}

func exist(paths ...string) bool {
	for _, p := range paths {
		if st, err := os.Stat(p); err != nil || !st.Mode().IsRegular() {
			return false
		}
	}
	return true
}
