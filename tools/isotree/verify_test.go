package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/tool"
	"cdbuilder/internal/world"
	"cdbuilder/isotree"

	"github.com/google/go-cmp/cmp"
)

// image writes a small medium whose menu names a label.
func image(t *testing.T, dir, named string) string {
	t.Helper()
	menu := "label install\n  kernel vmlinuz\n  append inst.stage2=hd:LABEL=" + named + "\n"
	l, err := iso9660.Plan([]iso9660.Entry{{Path: "isolinux/isolinux.cfg", Mode: 0o644, Size: int64(len(menu)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(menu)), nil }}},
		iso9660.Options{VolumeID: "SPIN-1", Time: time.Unix(1e9, 0), ImplantMD5: true})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, named+".iso"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := l.Write(context.Background(), f, nil); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// isotreeRun runs the program and gives what it wrote.
func isotreeRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &world.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: func(string) string { return "" }, Now: func() time.Time { return time.Unix(2e9, 0) }}
	code = tool.Run(context.Background(), env, args, command)
	return code, out.String(), errs.String()
}

func TestVerifyTable(t *testing.T) {
	dir := t.TempDir()
	good, bad := image(t, dir, "SPIN-1"), image(t, dir, "SPIN-2")
	code, out, errs := isotreeRun(t, "verify", good)
	if code != 0 || errs != "" || !strings.Contains(out, "boot menus         ok    1 reference in 1 menu\n") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	code, out, errs = isotreeRun(t, "verify", good, bad)
	if code != 1 || !strings.Contains(errs, "isotree: "+bad+": 2 of ") || strings.Contains(errs, good) ||
		!strings.Contains(out, `isolinux/isolinux.cfg:3  fail  inst.stage2: "SPIN-2"; the label is "SPIN-1"`) {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("there are colours in a pipe")
	}
	// One column for all verdicts of a table.
	table, _, _ := strings.Cut(out, "\n\n")
	columns := map[int]bool{}
	for _, line := range strings.Split(table, "\n")[1:] {
		for _, v := range []string{"  ok    ", "  none  "} {
			if i := strings.Index(line, v); i > 0 {
				columns[i] = true
			}
		}
	}
	if len(columns) != 1 {
		t.Errorf("verdicts stand in columns %v of\n%s", columns, table)
	}
}

func TestVerifyJSON(t *testing.T) {
	dir := t.TempDir()
	bad := image(t, dir, "SPIN-2")
	code, out, _ := isotreeRun(t, "verify", "--json", bad)
	var media []struct {
		File, Label string
		Size        int64
		Checks      []isotree.Row
	}
	if err := json.Unmarshal([]byte(out), &media); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	var failed []isotree.Row
	for _, m := range media {
		for _, r := range m.Checks {
			if r.Verdict == isotree.VerdictFail {
				failed = append(failed, r)
			}
		}
	}
	want := []isotree.Row{
		{Group: "label", Check: "boot menus", Verdict: "fail", Detail: "1 of 1 reference in 1 menu lead elsewhere"},
		{Group: "label", Check: "isolinux/isolinux.cfg:3", Verdict: "fail", Detail: `inst.stage2: "SPIN-2"; the label is "SPIN-1"`},
	}
	if diff := cmp.Diff(want, failed); code != 1 || len(media) != 1 || media[0].Label != "SPIN-1" || diff != "" {
		t.Errorf("code %d, %d media\n%s", code, len(media), diff)
	}
}

func TestVerifyHoldsTheFileToTheListBesideIt(t *testing.T) {
	dir := t.TempDir()
	iso := image(t, dir, "SPIN-1")
	b, err := os.ReadFile(iso)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ list, line, want string }{
		{"SHA256SUMS", fmt.Sprintf("%x  other.iso\n%x *SPIN-1.iso\n", sha256.Sum256(nil), sha256.Sum256(b)), "SHA256SUMS         ok    SHA-256 "},
		{"SHA256SUMS", fmt.Sprintf("%x  SPIN-1.iso\n", sha256.Sum256(nil)), "SHA256SUMS         fail  the file's SHA-256 is "},
		{"SHA256SUMS", fmt.Sprintf("%x  other.iso\n", sha256.Sum256(nil)), "implanted MD5      ok"},
		{"CHECKSUM", fmt.Sprintf("# SPIN-1.iso: %d bytes\nSHA256 (SPIN-1.iso) = %x\n", len(b), sha256.Sum256(b)), "CHECKSUM           ok    SHA-256 "},
	} {
		list := filepath.Join(dir, c.list)
		if err := os.WriteFile(list, []byte(c.line), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, errs := isotreeRun(t, "verify", iso)
		if !strings.Contains(out, c.want) || (code == 1) != strings.Contains(c.want, "fail") {
			t.Errorf("%s %q: code %d\n%s%s", c.list, c.line, code, out, errs)
		}
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerifyUsage(t *testing.T) {
	if code, _, errs := isotreeRun(t, "verify"); code != 2 {
		t.Errorf("code %d: %s", code, errs)
	}
	dir := t.TempDir()
	good := image(t, dir, "SPIN-1")
	code, out, errs := isotreeRun(t, "verify", filepath.Join(dir, "none.iso"), good)
	if code != 1 || !strings.Contains(errs, "none.iso: no such file or directory") || !strings.Contains(out, "SPIN-1.iso: SPIN-1, ") {
		t.Errorf("a missing file stops the others: code %d\n%s%s", code, out, errs)
	}
	if code, _, errs = isotreeRun(t, "verify", dir); code != 1 || !strings.Contains(errs, "is a directory") {
		t.Errorf("a directory: code %d: %s", code, errs)
	}
}

func TestTableEscapesWhatMediaSay(t *testing.T) {
	m := medium{"x.iso", &isotree.Report{Label: "A\x1b[2J", Rows: []isotree.Row{{Group: "label", Check: "a\nb", Verdict: isotree.VerdictFail, Detail: "\u202e\x07ü"}}}}
	var plain, coloured bytes.Buffer
	if err := writeReports(&plain, []medium{m}, nil); err != nil {
		t.Fatal(err)
	}
	want := "x.iso: A\\x1b[2J, 0 B\nlabel  a\\nb  fail  \\u202e\\aü\n1 checks: 0 ok, 0 warn, 1 fail, 0 none\n"
	if diff := cmp.Diff(want, plain.String()); diff != "" {
		t.Error(diff)
	}
	if err := writeReports(&coloured, []medium{m}, palette{isotree.VerdictFail: "\x1b[31m"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(coloured.String(), "\x1b[31mfail\x1b[0m") {
		t.Errorf("%q", coloured.String())
	}
}

func TestNoColorIsHonoured(t *testing.T) {
	// A pseudo-terminal stands in for the user's; without one there is nothing
	// to tell apart.
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	defer pty.Close()
	for env, coloured := range map[string]bool{"": true, "NO_COLOR=1": false, "TERM=dumb": false} {
		key, value, _ := strings.Cut(env, "=")
		v := &verify{Tool: &tool.Tool{Env: &world.Env{Stdout: pty, Getenv: func(k string) string {
			if k == key {
				return value
			}
			return ""
		}}}}
		if got := v.palette() != nil; got != coloured {
			t.Errorf("%q: coloured is %v", env, got)
		}
	}
}
