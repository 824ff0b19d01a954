package rootfs

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Values of seccomp(2) and of the classic BPF that it speaks.
const (
	retAllow    = 0x7fff0000 // SECCOMP_RET_ALLOW
	retNothing  = 0x00050000 // SECCOMP_RET_ERRNO with 0: the call does nothing and succeeds
	loadWord    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	jumpIfEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	giveBack    = unix.BPF_RET | unix.BPF_K
	callNumber  = 0 // offsets in struct seccomp_data, bytes
	callArch    = 4
)

// audit names of the architectures that we run on.
var auditArch = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// syncCalls are the calls that only wait for a disk.
var syncCalls = []uint32{unix.SYS_SYNC, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNCFS, unix.SYS_MSYNC, unix.SYS_SYNC_FILE_RANGE}

// withoutSync makes sync calls of this thread, and of all that it starts from
// now on, do nothing.
func withoutSync() error {
	arch, ok := auditArch[runtime.GOARCH]
	if !ok || binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return unix.ENOSYS
	}
	filter := []unix.SockFilter{
		{Code: loadWord, K: callArch},
		{Code: jumpIfEqual, K: arch, Jt: 1},
		{Code: giveBack, K: retAllow}, // a program of another architecture has other numbers
		{Code: loadWord, K: callNumber},
	}
	for i, nr := range syncCalls {
		filter = append(filter, unix.SockFilter{Code: jumpIfEqual, K: nr, Jt: uint8(len(syncCalls) - i)})
	}
	filter = append(filter, unix.SockFilter{Code: giveBack, K: retAllow}, unix.SockFilter{Code: giveBack, K: retNothing})
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0) //nolint:gosec // the call takes a pointer
	runtime.KeepAlive(filter)
	return err
}
