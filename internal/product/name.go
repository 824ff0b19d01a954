package product

import (
	"fmt"
	"strings"
)

// MaxLabel is the length of the volume identifier in an ISO 9660 primary
// volume descriptor (ECMA-119 §8.4.8), in bytes.
const MaxLabel = 32

// ReleaseName is <id>-<series>-<base>-<YYYYMMDD>-<stage>-<NN>, the name of the
// release's directory and of its ISO: BlueOnyx-5107R-SL-6.0-20110715-Beta-05.
func (f *File) ReleaseName() string {
	r := f.Release
	return strings.Join([]string{f.Product.ID, r.Series, r.Base, r.Date.Compact(), r.Stage, f.number()}, "-")
}

// VolumeLabel is the label of the medium, at most MaxLabel characters: the one
// that [boot] label gives, or else the first of these that is short enough:
//
//	<id>-<series>-<base>-<YYYYMMDD>-<stage>-<NN>
//	<id>-<series>-<YYYYMMDD>-<stage>-<NN>
//	<id>-<series>-<stage>-<NN>
//	<id>-<stage>-<NN>
//
// and if none is, the last one with its id cut off where it no longer fits.
func (f *File) VolumeLabel() string {
	if f.Boot.Label != "" {
		return f.Boot.Label
	}
	id, r := f.Product.ID, f.Release
	end := r.Stage + "-" + f.number()
	for _, parts := range [][]string{
		{id, r.Series, r.Base, r.Date.Compact(), end},
		{id, r.Series, r.Date.Compact(), end},
		{id, r.Series, end},
		{id, end},
	} {
		if label := strings.Join(parts, "-"); len(label) <= MaxLabel {
			return label
		}
	}
	end = end[:min(len(end), MaxLabel-2)]
	return id[:min(len(id), MaxLabel-1-len(end))] + "-" + end
}

func (f *File) number() string { return fmt.Sprintf("%02d", f.Release.Number) }
