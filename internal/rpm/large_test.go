package rpm

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// zeroes reads as so many zero bytes.
type zeroes struct{ left int64 }

func (z *zeroes) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// TestFileOver4GiB writes a file that newc has no room for, has rpm check it,
// and reads it back. It takes minutes, so it runs with make install-matrix.
func TestFileOver4GiB(t *testing.T) {
	judge.Installation(t)
	const size = 4<<30 + 12345
	b := sample(t)
	b.Contents = append(b.Contents, Content{Path: "/usr/share/story/tome", Mode: 0o100644, Size: size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(&zeroes{size}), nil
	}})
	path := filepath.Join(t.TempDir(), "x.rpm")
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	must(t, "rpmkeys", "-K", "--define", "_pkgverify_level digest", path)
	if out := must(t, "rpm", "-qp", "--qf", "%{LONGSIZE} [%{LONGFILESIZES} ]", path); !strings.Contains(out, strconv.Itoa(size)) {
		t.Errorf("rpm reads the sizes %s", out)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := in.Payload()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for {
		e, err := p.Next()
		if errors.Is(err, io.EOF) {
			t.Fatal("the file is not there")
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Size != size {
			continue
		}
		if n, err := io.Copy(io.Discard, p); n != size || err != nil {
			t.Errorf("%d bytes of %d, %v", n, size, err)
		}
		return
	}
}
