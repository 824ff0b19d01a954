package rpm

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestCorpusDamageIsNoticed changes a bit of headers and payloads: no such
// package passes, whatever else becomes of it.
func TestCorpusDamageIsNoticed(t *testing.T) {
	dir, rows := oracle(t)
	rnd := rand.New(rand.NewPCG(7, 7))
	tried, passed := 0, 0
	for _, row := range rows {
		data, err := os.ReadFile(filepath.Join(dir, row["file"]))
		if err != nil {
			t.Fatal(err)
		}
		in, err := NewReader(bytes.NewReader(data))
		if err != nil || len(data) > 100_000 {
			continue
		}
		for range 4 {
			at := int(in.HeaderStart) + rnd.IntN(len(data)-int(in.HeaderStart))
			data[at] ^= 1 << rnd.IntN(8)
			tried++
			if rep, err := Verify(bytes.NewReader(data), nil); err == nil && rep.Err() == nil {
				passed++
				t.Errorf("%s: passes with byte %d changed", row["file"], at)
			}
			useAll(data)
		}
	}
	t.Logf("rpms: %d damaged, %d refused", tried, tried-passed)
}

// useAll reads all there is of a damaged package: it must not panic.
func useAll(data []byte) {
	in, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return
	}
	in.Package()
	in.Header.Triggers()
	in.Header.Scriptlets()
	p, err := in.Payload()
	if err != nil {
		return
	}
	defer p.Close()
	for {
		if _, err := p.Next(); err != nil {
			return
		}
	}
}
