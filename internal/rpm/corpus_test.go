package rpm

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// oracle is rpm's reading of the corpus's packages: a row for each, by column.
func oracle(t testing.TB) (dir string, rows []map[string]string) {
	t.Helper()
	dir = judge.Corpus(t, "rpms")
	text, err := os.ReadFile(filepath.Join(dir, "ORACLE-rpm.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, cell := range strings.Split(line, "\t") {
			row[columns[i]] = cell
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("the corpus has no packages")
	}
	return dir, rows
}

// queried is our reading of a package in the words of rpm's queryformat.
func queried(in *Reader) map[string]string {
	h := in.Header
	text := func(tag Tag) string {
		if !h.Has(tag) {
			return "(none)"
		}
		return h.Text(tag)
	}
	number := func(h *Header, tags ...Tag) string {
		for _, tag := range tags {
			if n, ok := h.Number(tag); ok {
				return strconv.FormatUint(n, 10)
			}
		}
		return "(none)"
	}
	archive := number(h, SigLongArchiveSize, TagArchiveSize)
	if archive == "(none)" {
		archive = number(in.Signature, SigLongArchiveSize, SigPayloadSize)
	}
	names, _ := h.fileNames()
	return map[string]string{
		"name": text(TagName), "epoch": number(h, TagEpoch), "version": text(TagVersion), "release": text(TagRelease),
		"arch": text(TagArch), "sourcerpm": text(TagSourceRPM), "license": text(TagLicense),
		"size": number(h, TagSize), "archivesize": archive,
		"payloadformat": text(TagPayloadFormat), "payloadcompressor": text(TagPayloadCompressor), "payloadflags": text(TagPayloadFlags),
		"buildtime": number(h, TagBuildTime), "filedigestalgo": number(h, TagFileDigestAlgo),
		"files": strconv.Itoa(len(names)), "requires": strconv.Itoa(h.Count(TagRequireName)),
		"provides": strconv.Itoa(h.Count(TagProvideName)), "changelogs": strconv.Itoa(h.Count(TagChangelogTime)),
	}
}

func readFile(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return NewReader(f)
}

func TestCorpusHeadersReadAsRPMDoes(t *testing.T) {
	dir, rows := oracle(t)
	agree, differ := 0, 0
	for _, row := range rows {
		if diff := differences(dir, row); len(diff) > 0 {
			differ++
			t.Errorf("%s:\n\t%s", row["file"], strings.Join(diff, "\n\t"))
			continue
		}
		agree++
	}
	t.Logf("rpms: %d rows, %d agree, %d differ", len(rows), agree, differ)
}

// differences compares our reading of a file with rpm's.
func differences(dir string, row map[string]string) (diff []string) {
	in, err := readFile(filepath.Join(dir, row["file"]))
	if (err != nil) != (row["query_rc"] != "0") {
		return []string{fmt.Sprintf("%v, rpm ended with %s: %s", err, row["query_rc"], row["query_message"])}
	}
	if err != nil {
		return nil
	}
	for column, got := range queried(in) {
		if want, ok := row[column]; ok && got != want {
			diff = append(diff, fmt.Sprintf("%s: %q, rpm says %q", column, got, want))
		}
	}
	p, err := in.Package()
	if err != nil {
		return append(diff, err.Error())
	}
	if _, err := in.Header.Files(); err != nil {
		diff = append(diff, err.Error())
	}
	if len(p.Requires) != in.Header.Count(TagRequireName) || len(p.Files) != in.Header.Count(TagBaseNames)+in.Header.Count(TagOldFileNames) {
		diff = append(diff, fmt.Sprintf("%d requires and %d files in the package", len(p.Requires), len(p.Files)))
	}
	return diff
}
