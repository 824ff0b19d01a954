package releases

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/internal/tool"
)

// Sum is one line of SHA256SUMS.
type Sum struct {
	Name   string // relative to the directory of SHA256SUMS, with slashes
	SHA256 string // 64 lower-case hexadecimal digits
}

// WriteChecksums hashes the files, whose names are relative to dir, and writes
// dir/SHA256SUMS in one step.
func WriteChecksums(dir string, files []string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("writing %s: %w", SumsFile, err)
	}
	defer func() { _ = root.Close() }()
	var sums []Sum
	for _, name := range files {
		sum, err := hashFile(context.Background(), root, name, nil)
		if err != nil {
			return fmt.Errorf("hashing %s: %w", filepath.Join(dir, name), err)
		}
		sums = append(sums, Sum{filepath.ToSlash(name), sum})
	}
	return tool.WriteFile(filepath.Join(dir, SumsFile), FormatSums(sums))
}

// FormatSums writes the list as sha256sum(1) does, sorted by name. A name with
// a backslash or a line end in it is escaped, which a backslash at the start of
// the line announces.
func FormatSums(sums []Sum) []byte {
	sums = slices.Clone(sums)
	slices.SortFunc(sums, func(a, b Sum) int { return strings.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	for _, s := range sums {
		name := escape.Replace(s.Name)
		if name != s.Name {
			b.WriteByte('\\')
		}
		fmt.Fprintf(&b, "%s  %s\n", s.SHA256, name)
	}
	return b.Bytes()
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// ParseSums reads SHA256SUMS. Names that leave the directory, names that occur
// twice and lines in another form are errors; all are reported.
func ParseSums(data []byte) ([]Sum, error) {
	var sums []Sum
	var errs []error
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxSmall)
	for n := 1; lines.Scan(); n++ {
		s, err := parseSum(lines.Text())
		if err == nil && seen[s.Name] {
			err = fmt.Errorf("%q is listed twice", s.Name)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		seen[s.Name] = true
		sums = append(sums, s)
	}
	if err := errors.Join(append(errs, lines.Err())...); err != nil {
		return nil, err
	}
	slices.SortFunc(sums, func(a, b Sum) int { return strings.Compare(a.Name, b.Name) })
	return sums, nil
}

func parseSum(line string) (Sum, error) {
	line, escaped := strings.CutPrefix(line, `\`)
	sum, name, ok := strings.Cut(line, " ")
	if !ok || len(sum) != 2*sha256.Size || len(name) < 2 || name[0] != ' ' && name[0] != '*' {
		return Sum{}, errors.New("is not a SHA-256 digest, two blanks and a name")
	}
	if _, err := hex.DecodeString(sum); err != nil {
		return Sum{}, errors.New("has a digest that is not hexadecimal")
	}
	name = name[1:]
	if escaped {
		name = unescape.Replace(name)
	}
	if !filepath.IsLocal(name) || filepath.Clean(name) != name || name == "." {
		return Sum{}, fmt.Errorf("names %q, which is not a path below this directory", name)
	}
	return Sum{name, strings.ToLower(sum)}, nil
}

// hashFile digests a file and counts its bytes.
func hashFile(ctx context.Context, root *os.Root, name string, progress func(n int64)) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	err = copyTo(ctx, h, f, progress)
	return hex.EncodeToString(h.Sum(nil)), err
}

// copyTo is io.Copy that can be stopped and watched.
func copyTo(ctx context.Context, w io.Writer, r io.Reader, progress func(n int64)) error {
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if progress != nil {
				progress(int64(n))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
