package table

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// parseGUID turns the text of a GUID into the bytes of a GPT, where the first
// three fields are little-endian (UEFI 2.10, appendix A).
func parseGUID(s string) (b [16]byte, err error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(raw) != 16 || len(s) != 36 {
		return b, fmt.Errorf("%q is no GUID", s)
	}
	copy(b[:], raw)
	swapGUID(&b)
	return b, nil
}

func formatGUID(b [16]byte) string {
	swapGUID(&b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func swapGUID(b *[16]byte) {
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
}
