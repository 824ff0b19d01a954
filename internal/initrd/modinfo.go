package initrd

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"cdbuilder/internal/initrd/modindex"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// maxModule is the size of an unpacked module beyond which we believe that
// something else has been given to us, bytes. The largest real one is amdgpu
// with some 30 MB.
const maxModule = 128 << 20

// modinfo is what a module's .modinfo section says about its place among
// others: strings "key=value", each with a closing zero byte.
type modinfo struct {
	depends   []string // names of modules whose symbols it uses
	pre, post []string // softdep: names or aliases wished in before, after
	aliases   []string
	firmware  []string // files it asks for when it finds its device
}

// unpackModule decompresses a module file by the suffix of its name.
func unpackModule(name string, packed []byte) ([]byte, error) {
	var r io.Reader = bytes.NewReader(packed)
	var err error
	switch path.Ext(name) {
	case ".ko":
		return packed, nil
	case ".xz":
		r, err = xz.NewReader(bufio.NewReader(r), 0)
	case ".gz":
		r, err = gzip.NewReader(r)
	case ".zst":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1)); err == nil {
			defer z.Close()
			r = z
		}
	default:
		err = errors.New("unknown compression")
	}
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	if len(data) > maxModule {
		return nil, fmt.Errorf("over %d bytes long", maxModule)
	}
	return data, err
}

// readModinfo finds and reads the section.
func readModinfo(module []byte) (modinfo, error) {
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return modinfo{}, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return modinfo{}, errors.New("no .modinfo section")
	}
	data, err := section.Data()
	if err != nil {
		return modinfo{}, fmt.Errorf("read .modinfo: %w", err)
	}
	return parseModinfo(data), nil
}

func parseModinfo(data []byte) modinfo {
	var info modinfo
	for entry := range bytes.SplitSeq(data, []byte{0}) {
		key, value, ok := strings.Cut(string(entry), "=")
		if !ok {
			continue
		}
		switch key {
		case "depends":
			for name := range strings.SplitSeq(value, ",") {
				if name != "" {
					info.depends = append(info.depends, modindex.Name(name))
				}
			}
		case "softdep":
			info.softdep(value)
		case "alias":
			// The index is made of words. A blank occurs only in dmi:
			// aliases, which no storage driver has.
			if len(strings.Fields(value)) == 1 {
				info.aliases = append(info.aliases, value)
			}
		case "firmware":
			info.firmware = append(info.firmware, value)
		}
	}
	return info
}

// softdep reads "pre: a b post: c".
func (m *modinfo) softdep(value string) {
	var list *[]string
	for word := range strings.FieldsSeq(value) {
		switch {
		case word == "pre:":
			list = &m.pre
		case word == "post:":
			list = &m.post
		case strings.HasSuffix(word, ":"):
			list = nil // a kind that modprobe.d(5) does not know yet
		case list != nil:
			*list = append(*list, word)
		}
	}
}
