package releases

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/product"
)

func testRecord() *Record {
	f := &product.File{
		Product: product.Product{ID: "BlueOnyx", Name: "BlueOnyx \"server\""},
		Release: product.Release{Series: "5107R", Base: "SL-6.0", Date: product.NewDate(2011, 7, 15), Stage: "Beta", Number: 5},
		Target:  product.Target{Arch: "x86_64"},
		Epoch:   product.NewDate(2011, 7, 15).Time,
	}
	r := NewRecord(f)
	r.Size, r.SHA256, r.MD5 = 734003200, strings.Repeat("ab", 32), strings.Repeat("cd", 16)
	r.Lock, r.Count, r.Tool = strings.Repeat("ef", 32), 412, "v1"
	return r
}

const recordText = `# What this release is. Written by cd-builder.

format = 1
name = "BlueOnyx-5107R-SL-6.0-20110715-Beta-05"
product = "BlueOnyx"
title = "BlueOnyx \"server\""
series = "5107R"
base = "SL-6.0"
date = 2011-07-15
stage = "Beta"
number = 5
arch = "x86_64"
label = "BlueOnyx-5107R-20110715-Beta-05"
epoch = 1310688000
iso = "BlueOnyx-5107R-SL-6.0-20110715-Beta-05.iso"
size = 734003200
sha256 = "abababababababababababababababababababababababababababababababab"
md5 = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
lock = "efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef"
packages = 412
tool = "v1"
`

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	r := testRecord()
	must(t, WriteRecord(dir, r))
	data, err := os.ReadFile(filepath.Join(dir, "BlueOnyx-5107R-SL-6.0-20110715-Beta-05.toml"))
	must(t, err)
	if diff := cmp.Diff(recordText, string(data)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	back, err := ParseRecord(data)
	must(t, err)
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestParseRecordRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a later format":       {"format = 1", "format = 2", "has format 2; this cd-builder reads format 1"},
		"an unknown key":       {"tool = ", "tol = ", "unknown key tol"},
		"another ISO":          {`iso = "Blue`, `iso = "Red`, `iso is "RedOnyx`},
		"no size":              {"size = 734003200", "size = 0", "size is 0"},
		"a short digest":       {`sha256 = "ab`, `sha256 = "`, "is not a SHA-256 digest"},
		"a digest in capitals": {`md5 = "cd`, `md5 = "CD`, "is not an MD5 digest"},
		"a name that leaves":   {`name = "Blue`, `name = "../Blue`, "is not the name of a release"},
		"another product":      {`product = "BlueOnyx"`, `product = "RedOnyx"`, "does not begin the name"},
		"a date with a time":   {`2011-07-15`, `2011-07-15T00:00:00Z`, "not a calendar date"},
		"no label":             {`label = "BlueOnyx-5107R-20110715-Beta-05"`, ``, "has not 1 to 32 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseRecord([]byte(strings.Replace(recordText, c.old, c.new, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("no %q in %v", c.want, err)
			}
		})
	}
}

func TestAWrongRecordIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	r := testRecord()
	r.SHA256 = ""
	if err := WriteRecord(dir, r); err == nil {
		t.Error("accepted")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
