package repo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/filelist"
)

// Contents is what a source says of the files in its packages.
type Contents struct {
	filelist.Tables
	// Silent are the suites that don't say it: what isn't found there may be
	// there nevertheless.
	Silent []string
}

// LoadContents reads the Contents indexes of a source (its format is that of
// "Contents indices" in wiki.debian.org/DebianRepository/Format): those of the
// architecture and of the packages for all. They are large, so of each only
// what package filelist has keys for is kept, and is kept in the cache too.
func LoadContents(ctx context.Context, client *fetch.Client, src Source, opt Options) (*Contents, error) {
	if err := src.Validate(); err != nil {
		return nil, err
	}
	r := &reader{Source: &src, Options: opt, ctx: ctx, fetch: client}
	all := &Contents{}
	var faults []error
	for _, suite := range src.Suites {
		if err := r.contents(all, suite); err != nil {
			faults = append(faults, err)
			if ctx.Err() != nil {
				break
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return all, nil
}

func (r *reader) contents(all *Contents, suite string) error {
	rel, _, err := r.release(suite)
	if err != nil {
		return err
	}
	found := false
	// Debian has an index a component, others one for all of them.
	for _, dir := range append(slices.Clone(r.Components), "") {
		if dir == "" && found {
			break
		}
		for _, arch := range []string{r.Arch, "all"} {
			c, ok := rel.contents(dir, arch)
			if !ok {
				continue
			}
			t, err := r.contentsIndex(rel, c, "dists/"+suite)
			if err != nil {
				return err
			}
			found = true
			all.Tables = append(all.Tables, t)
		}
	}
	if !found {
		all.Silent = append(all.Silent, r.ID+" "+suite)
	}
	return nil
}

// contents finds an index that the Release file vouches for.
func (r *release) contents(dir, arch string) (choice, bool) {
	plain := strings.TrimPrefix(dir+"/Contents-"+arch, "/")
	unpacked := int64(-1)
	if f, ok := r.Files[plain]; ok {
		unpacked = f.Size
	}
	for _, format := range indexFormats {
		name := strings.TrimSuffix(plain+"."+format, ".")
		// The plain one is listed where it isn't on the mirror.
		if f, ok := r.Files[name]; ok && (format != "" || unpacked < 0) && f.Size <= maxIndex && unpacked <= maxIndex {
			return choice{f, name, format, unpacked}, true
		}
	}
	return choice{}, false
}

// contentsIndex reads one index: from our own cache, else from the mirror.
func (r *reader) contentsIndex(rel *release, c choice, dir string) (*filelist.Table, error) {
	kept := filepath.Join(r.fetch.Dir, "contents", cmp.Or(c.SHA256, c.SHA512))
	if data, err := os.ReadFile(kept); err == nil {
		if t, ok := filelist.Decode(data); ok {
			return t, nil
		}
	}
	name := dir + "/" + c.name
	local, err := r.fetch.Fetch(r.ctx, fetch.Want{
		URLs: c.urls(r.Base, dir, rel.ByHash), SHA256: c.SHA256, SHA512: c.SHA512, Size: c.Size, Name: name,
	}, r.Progress)
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", r.ID, err)
	}
	t, err := parseContents(local, c)
	if err != nil {
		return nil, r.fault(name, err)
	}
	if err := writeCache(kept, t.Encode()); err != nil {
		return nil, fmt.Errorf("repository %s: caching %s: %w", r.ID, name, err)
	}
	return t, nil
}

func parseContents(file string, c choice) (*filelist.Table, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := unpack(f, c.format)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	defer plain.Close()
	ahead := readAhead(plain)
	defer ahead.Close()
	return readContents(bounded(ahead, c.unpacked))
}

// readContents reads lines of a path, white space, and the packages that own
// it, each behind its section. A path may itself have spaces in it.
func readContents(r io.Reader) (*filelist.Table, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	var b filelist.Builder
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, errors.New("a line is longer than any path can be")
		}
		if filelist.Worth(line) {
			contentsLine(&b, bytes.TrimRight(line, " \t\n"))
		}
		if errors.Is(err, io.EOF) {
			return b.Table(), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func contentsLine(b *filelist.Builder, line []byte) {
	cut := bytes.LastIndexAny(line, " \t")
	if cut < 0 {
		return
	}
	key, ok := filelist.Key(string(bytes.TrimRight(line[:cut], " \t")))
	if !ok {
		return
	}
	for owner := range strings.SplitSeq(string(line[cut+1:]), ",") {
		b.Add(key, owner[strings.LastIndexByte(owner, '/')+1:])
	}
}
