package product

import (
	"fmt"
	"regexp"
	"strconv"
)

// Serial is a serial console as the kernel's console= argument names it:
// ttyS0,115200n8 (Linux, Documentation/admin-guide/serial-console.rst).
type Serial struct {
	Device string // ttyS0
	Unit   int    // 0; what GRUB and ISOLINUX call the port
	Baud   int    // bits a second
	Parity byte   // n, o or e
	Bits   int    // 7 or 8
}

var serialForm = regexp.MustCompile(`^((?:ttyS|ttyAMA|ttyUSB|hvc)([0-9]{1,2}))(?:,([1-9][0-9]{2,6})(?:([noe])([78]))?)?$`)

// ParseSerial reads a console; what it leaves out is 115200n8.
func ParseSerial(s string) (Serial, error) {
	m := serialForm.FindStringSubmatch(s)
	if m == nil {
		return Serial{}, fmt.Errorf("%q is not a serial console such as ttyS0,115200n8", s)
	}
	c := Serial{Device: m[1], Baud: 115200, Parity: 'n', Bits: 8}
	c.Unit, _ = strconv.Atoi(m[2]) // one or two digits
	if m[3] != "" {
		c.Baud, _ = strconv.Atoi(m[3]) // at most seven digits
	}
	if m[4] != "" {
		c.Parity, c.Bits = m[4][0], int(m[5][0]-'0')
	}
	return c, nil
}

// String is the console as written in full: ttyS0,115200n8.
func (s Serial) String() string {
	return fmt.Sprintf("%s,%d%c%d", s.Device, s.Baud, s.Parity, s.Bits)
}

// Serial is the console that [boot] serial names; ok is false when there is none.
func (f *File) Serial() (console Serial, ok bool) {
	console, err := ParseSerial(f.Boot.Serial)
	return console, err == nil
}
