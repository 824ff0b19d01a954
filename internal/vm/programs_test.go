package vm

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cdbuilder/internal/fat"
)

// bootSector says hello on the serial line, then repeats there what is typed
// on the serial line and on the keyboard.
func bootSector() []byte {
	code := []byte{
		0xFA,       // cli
		0x31, 0xC0, // xor ax, ax
		0x8E, 0xD8, 0x8E, 0xD0, // mov ds, ax; mov ss, ax
		0xBC, 0x00, 0x7C, // mov sp, 7C00
		0xFB,             // sti
		0xBE, 0x36, 0x7C, // mov si, text
		0xBA, 0xF8, 0x03, // mov dx, 3F8: the port
		0xAC,       // print: lodsb
		0x84, 0xC0, // test al, al
		0x74, 0x03, // jz serial
		0xEE,       // out dx, al
		0xEB, 0xF8, // jmp print
		0xBA, 0xFD, 0x03, // serial: mov dx, 3FD: line status
		0xEC,       // in al, dx
		0xA8, 0x01, // test al, 1: is there a byte?
		0x74, 0x05, // jz keyboard
		0xBA, 0xF8, 0x03, // mov dx, 3F8
		0xEC, 0xEE, // in al, dx; out dx, al
		0xB4, 0x01, 0xCD, 0x16, // keyboard: mov ah, 1; int 16: is there a key?
		0x74, 0xED, // jz serial
		0xB4, 0x00, 0xCD, 0x16, // mov ah, 0; int 16
		0xBA, 0xF8, 0x03, // mov dx, 3F8
		0xEE,       // out dx, al
		0xEB, 0xE3, // jmp serial
	}
	sector := make([]byte, 512)
	n := copy(sector, code)
	copy(sector[n:], greeting+"\r\n\x00")
	sector[510], sector[511] = 0x55, 0xAA
	return sector
}

const greeting = "hello from the boot sector"

// unsignedProgram is a UEFI program, as small as the format lets it be, that
// speaks on the serial line. Nobody has signed it.
func unsignedProgram() []byte {
	code := append([]byte{
		0x48, 0x8D, 0x35, 0x0E, 0x00, 0x00, 0x00, // lea rsi, text
		0x66, 0xBA, 0xF8, 0x03, // mov dx, 3F8
		0xAC,       // print: lodsb
		0x84, 0xC0, // test al, al
		0x74, 0x03, // jz end
		0xEE,       // out dx, al
		0xEB, 0xF8, // jmp print
		0xEB, 0xFE, // end: jmp end
	}, unsignedWords+"\r\n\x00"...)
	const page, head = 0x1000, 0x200
	b := make([]byte, 2*head)
	le := binary.LittleEndian
	copy(b, "MZ")
	le.PutUint32(b[0x3C:], 0x40)
	copy(b[0x40:], "PE\x00\x00")
	coff := b[0x44:]
	le.PutUint16(coff, 0x8664)     // machine
	le.PutUint16(coff[2:], 1)      // sections
	le.PutUint16(coff[16:], 0xF0)  // size of the optional header
	le.PutUint16(coff[18:], 0x022) // executable, large addresses
	opt := coff[20:]
	le.PutUint16(opt, 0x20B)       // PE32+
	le.PutUint32(opt[4:], head)    // size of code
	le.PutUint32(opt[16:], page)   // entry point
	le.PutUint32(opt[20:], page)   // base of code
	le.PutUint32(opt[32:], page)   // section alignment
	le.PutUint32(opt[36:], head)   // file alignment
	le.PutUint32(opt[56:], 2*page) // size of image
	le.PutUint32(opt[60:], head)   // size of headers
	le.PutUint16(opt[68:], 10)     // subsystem: EFI application
	le.PutUint32(opt[108:], 16)    // data directories
	section := opt[0xF0:]
	copy(section, ".text")
	le.PutUint32(section[8:], uint32(len(code)))
	le.PutUint32(section[12:], page)
	le.PutUint32(section[16:], head)
	le.PutUint32(section[20:], head)
	le.PutUint32(section[36:], 0x60000020) // code, executable, readable
	copy(b[head:], code)
	return b
}

const unsignedWords = "an unsigned program runs"

// espWith is a disk without partitions that UEFI starts the program from.
func espWith(t *testing.T, program []byte) string {
	t.Helper()
	im, err := fat.Plan([]fat.Entry{{Path: "EFI/BOOT/BOOTX64.EFI", Data: program}}, fat.Options{
		Label: "UNSIGNED", Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Size: 4 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := im.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return disk(t, b.Bytes())
}

// disk writes a disk of one MiB or more that begins with the given bytes.
func disk(t *testing.T, head []byte) string {
	t.Helper()
	b := make([]byte, max(1<<20, len(head)))
	copy(b, head)
	path := filepath.Join(t.TempDir(), "a disk, with a comma.img")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
