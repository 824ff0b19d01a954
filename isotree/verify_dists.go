package isotree

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/deb"
)

// Bounds on a Debian archive on a medium.
const (
	maxSuites     = 50
	maxRelease    = 16 << 20 // bytes
	poolRoot      = "pool/"
	releaseFile   = "Release"
	inReleaseFile = "InRelease"
)

// dists checks the Debian archive on the medium: signature, indexes, pool.
func (l *ledger) dists(ctx context.Context) error {
	var suites []string
	for _, f := range l.v.files.files {
		dir, base := path.Split(f.path)
		if strings.HasPrefix(dir, "dists/") && (base == releaseFile || base == inReleaseFile) {
			if dir = path.Clean(dir); l.isSuite(dir) && !slices.Contains(suites, dir) {
				suites = append(suites, dir)
			}
		}
	}
	if len(suites) > maxSuites {
		suites = suites[:maxSuites]
	}
	for _, suite := range suites {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.suite(suite)
	}
	if len(suites) > 0 {
		l.strayPackages()
	}
	return nil
}

// isSuite tells dists/trixie/Release from the small ones in the directories of
// its indexes, such as dists/trixie/main/binary-amd64/Release.
func (l *ledger) isSuite(dir string) bool {
	base := path.Base(dir)
	return !strings.HasPrefix(base, "binary-") && base != "source"
}

// suite checks one directory below dists.
func (l *ledger) suite(dir string) {
	text, err := l.release(dir)
	list := l.list(dir + "/" + releaseFile)
	if err != nil {
		list.fault("%v", err)
		return
	}
	indexes, err := l.releaseSums(list, dir, text)
	if err != nil {
		list.fault("%v", err)
		return
	}
	packages := l.list(dir + ", packages")
	packages.packages = true
	for _, p := range l.packageIndexes(dir) {
		if !indexes[p] {
			list.fault("it does not list %s, which is here", p)
		}
		if err := l.packages(packages, p); err != nil {
			packages.fault("%v", err)
		}
	}
}

// release gives the text of a suite's Release file, and checks its signature
// where there are keys.
func (l *ledger) release(dir string) ([]byte, error) {
	in := path.Join(dir, inReleaseFile)
	plain := path.Join(dir, releaseFile)
	signed, err := readSome(l.v.img, in, maxRelease)
	hasIn := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := readSome(l.v.img, plain, maxRelease)
	hasPlain := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !hasIn {
		l.detached(plain, text)
		return text, nil
	}
	inner := clearText(signed)
	if l.v.opt.Keys == nil {
		l.v.add("signature", in, VerdictNone, "not checked: no key was given")
	} else if verified, signer, err := l.v.opt.Keys.VerifyClearsigned(signed, l.v.opt.Now); err != nil {
		l.v.add("signature", in, VerdictFail, "%v", err)
	} else {
		l.v.add("signature", in, VerdictOK, "signed by %s", signer)
		inner = verified
	}
	if hasPlain && !bytes.Equal(bytes.TrimSpace(text), bytes.TrimSpace(inner)) {
		l.v.add("signature", plain, VerdictFail, "it differs from the text of %s", in)
	}
	return inner, nil
}

// detached checks Release.gpg beside a Release file without InRelease.
func (l *ledger) detached(plain string, text []byte) {
	sig, err := readSome(l.v.img, plain+".gpg", maxRelease)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.v.add("signature", plain, VerdictNone, "not signed")
	case err != nil:
		l.v.add("signature", plain, VerdictFail, "%v", err)
	case l.v.opt.Keys == nil:
		l.v.add("signature", plain+".gpg", VerdictNone, "not checked: no key was given")
	default:
		signer, err := l.v.opt.Keys.VerifyDetached(bytes.NewReader(text), sig, l.v.opt.Now)
		if err != nil {
			l.v.add("signature", plain+".gpg", VerdictFail, "%v", err)
			return
		}
		l.v.add("signature", plain+".gpg", VerdictOK, "signed by %s", signer)
	}
}

// clearText is the text of a clearsigned message that nobody verifies (RFC 9580
// §7).
func clearText(msg []byte) []byte {
	msg = bytes.ReplaceAll(msg, []byte("\r\n"), []byte("\n"))
	_, body, ok := bytes.Cut(msg, []byte("-----BEGIN PGP SIGNED MESSAGE-----\n"))
	if !ok {
		return msg
	}
	_, body, _ = bytes.Cut(body, []byte("\n\n"))
	body, _, _ = bytes.Cut(body, []byte("\n-----BEGIN PGP SIGNATURE-----"))
	return bytes.TrimPrefix(bytes.ReplaceAll(body, []byte("\n- "), []byte("\n")), []byte("- "))
}

// releaseSums claims what a Release file lists of the indexes that are on the
// medium; it lists many that are not.
func (l *ledger) releaseSums(list *sumList, dir string, text []byte) (map[string]bool, error) {
	p, err := deb.ReadParagraph(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	field := ""
	for _, name := range []string{"SHA512", "SHA256", "SHA1", "MD5Sum"} {
		if field = p.Get(name); field != "" {
			break
		}
	}
	indexes := map[string]bool{}
	listed := 0
	for line := range strings.Lines(field) {
		words := strings.Fields(line)
		if len(words) != 3 {
			continue
		}
		listed++
		name := path.Join(dir, words[2])
		if _, ok := l.v.find(name); !ok {
			continue
		}
		digest, err := hex.DecodeString(words[0])
		size, err2 := strconv.ParseInt(words[1], 10, 64)
		if err := errors.Join(err, err2); err != nil || size < 0 {
			list.fault("the line %.200q is no digest, size and name", strings.TrimSpace(line))
			continue
		}
		indexes[name] = true
		l.claim(list, name, digest, size)
	}
	if others := listed - len(indexes); others > 0 {
		list.extra = fmt.Sprintf("; %d that it also lists %s not on the medium", others, isAre(others))
	}
	return indexes, nil
}

// packageIndexes gives one Packages file of each directory, the one that is
// unpacked fastest.
func (l *ledger) packageIndexes(dir string) []string {
	best := map[string]int{}
	var dirs []string
	for _, f := range l.v.files.files {
		d, base := path.Split(f.path)
		rank := slices.Index(packagesNames, base)
		if rank < 0 || !strings.HasPrefix(d, dir+"/") || !strings.HasPrefix(path.Base(d), "binary-") {
			continue
		}
		have, ok := best[d]
		if !ok {
			dirs = append(dirs, d)
		}
		if !ok || rank < have {
			best[d] = rank
		}
	}
	for i, d := range dirs {
		dirs[i] = d + packagesNames[best[d]]
	}
	return dirs
}

var packagesNames = []string{"Packages", "Packages.gz", "Packages.zst", "Packages.xz", "Packages.bz2"}

// packages claims every package of an index.
func (l *ledger) packages(list *sumList, p string) error {
	return l.readList(p, func(r io.Reader) error {
		unpacked, err := l.unpack(r, p)
		if err != nil {
			return err
		}
		defer unpacked.end()
		scanner := deb.NewScanner(unpacked)
		for scanner.Scan() {
			l.packageClaim(list, p, scanner)
		}
		return scanner.Err()
	})
}

func (l *ledger) packageClaim(list *sumList, index string, s *deb.Scanner) {
	var name, sha, md string
	size := int64(-1)
	for i := range s.Len() {
		key, value, _ := s.Field(i)
		switch strings.ToLower(string(key)) {
		case "filename":
			name = string(value)
		case "sha256":
			sha = string(value)
		case "md5sum":
			md = string(value)
		case "size":
			if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
				size = n
			}
		}
	}
	if sha == "" {
		sha = md
	}
	digest, err := hex.DecodeString(sha)
	if err != nil || name == "" || sha == "" {
		list.fault("%s: the package in line %d has no file name or no digest", index, s.Line())
		return
	}
	l.claim(list, name, digest, size)
}

// strayPackages counts what is in the pool and in no index.
func (l *ledger) strayPackages() {
	inPool := func(f located) bool {
		ext := path.Ext(f.path)
		return strings.HasPrefix(f.path, poolRoot) && (ext == ".deb" || ext == ".udeb")
	}
	strays, example := l.unlisted(inPool, func(by *sumList) bool { return by.packages })
	if strays > 0 {
		l.v.add("files", "pool", VerdictWarn, "%s in no index, such as %s", plural(strays, "package is", "packages are"), example)
	}
}
