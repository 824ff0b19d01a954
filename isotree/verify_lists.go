package isotree

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// sumFileNames are lists over the whole medium at its root.
var sumFileNames = []string{SumsPath, "sha256sum.txt", "sha512sum.txt", "SHA256SUMS", "SHA512SUMS"}

// maxLine is the longest line that is read of a list, bytes.
const maxLine = 64 << 10

// A Sum is a line of a list of digests.
type Sum struct {
	Digest []byte
	Name   string
}

var (
	coreutilsForm = regexp.MustCompile(`^(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)$`)
	bsdForm       = regexp.MustCompile(`^[A-Z0-9]+ \((.+)\) = ([0-9A-Fa-f]{32,128})$`)
)

// ParseSum reads a line as md5sum(1) and its kin write it, in their own form or
// that of --tag. Comments, signatures and the like are no such lines.
func ParseSum(line string) (Sum, bool) {
	digest, name, escaped := "", "", false
	if m := coreutilsForm.FindStringSubmatch(line); m != nil {
		escaped, digest, name = m[1] != "", m[2], m[3]
	} else if m := bsdForm.FindStringSubmatch(line); m != nil {
		name, digest = m[1], m[2]
	}
	b, err := hex.DecodeString(digest)
	if err != nil || newHash(len(b)) == nil {
		return Sum{}, false
	}
	if escaped {
		name = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
	}
	return Sum{b, name}, true
}

// FindSum looks for a file's SHA-256 in a list, and gives 64 hexadecimal digits
// or, when the list doesn't name the file, nothing.
func FindSum(list io.Reader, name string) (string, error) {
	lines := bufio.NewScanner(list)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		s, ok := ParseSum(strings.TrimRight(lines.Text(), "\r"))
		if ok && len(s.Digest) == 32 && strings.TrimPrefix(s.Name, "./") == name {
			return hex.EncodeToString(s.Digest), nil
		}
	}
	return "", lines.Err()
}

// sumFiles reads md5sum.txt and its kin.
func (l *ledger) sumFiles(context.Context) error {
	for _, name := range sumFileNames {
		if _, ok := l.v.files.find(name); !ok {
			continue
		}
		list := l.list(name)
		err := l.readList(name, func(r io.Reader) error {
			lines := bufio.NewScanner(r)
			lines.Buffer(nil, maxLine)
			for lines.Scan() {
				if s, ok := ParseSum(strings.TrimRight(lines.Text(), "\r")); ok {
					l.claim(list, s.Name, s.Digest, -1)
				}
			}
			return lines.Err()
		})
		if err != nil {
			list.fault("%v", err)
		}
		unlisted, _ := l.unlisted(func(located) bool { return true }, func(by *sumList) bool { return by == list })
		if unlisted > 0 {
			list.extra = fmt.Sprintf("; %s not listed", plural(unlisted, "file is", "files are"))
		}
	}
	return nil
}

// treeinfo reads the section [checksums] of the .treeinfo files of EL media.
func (l *ledger) treeinfo(context.Context) error {
	for _, name := range []string{".treeinfo", "treeinfo"} {
		if _, ok := l.v.files.find(name); !ok {
			continue
		}
		list := l.list(name)
		// lorax lists the boot.iso that it makes of the tree: it cannot be in
		// itself, and is left out of the larger media too.
		list.absent = func(p string) bool { return p == "images/boot.iso" }
		if err := l.readList(name, func(r io.Reader) error { return l.treeinfoSums(list, r) }); err != nil {
			list.fault("%v", err)
		}
	}
	return nil
}

func (l *ledger) treeinfoSums(list *sumList, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	section := ""
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if section != "[checksums]" || !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		kind, digits, ok := strings.Cut(strings.TrimSpace(value), ":")
		digest, err := hex.DecodeString(strings.TrimSpace(digits))
		if !ok || err != nil {
			list.fault("[checksums]: %.200q is not a digest", line)
			continue
		}
		if want := digestSize(strings.TrimSpace(kind)); want != len(digest) {
			list.fault("[checksums]: %.200q: that is no %s", line, kind)
			continue
		}
		l.claim(list, strings.TrimSpace(name), digest, -1)
	}
	return lines.Err()
}

// digestSize is the length in bytes of a digest by its name; 0 is unknown.
func digestSize(kind string) int {
	switch strings.ToLower(kind) {
	case "md5":
		return 16
	case "sha", "sha1":
		return 20
	case "sha256":
		return 32
	case "sha512":
		return 64
	}
	return 0
}
