package isotree

import (
	"context"
	"fmt"

	"cdbuilder/internal/iso9660"
)

// volume checks the file system: its size, its views, and whether these agree.
func (v *verifier) volume(ctx context.Context) error {
	v.area, v.areaFault = v.img.SystemArea()
	v.volumeSize()
	views := map[iso9660.NameKind]*fileIndex{}
	for _, kind := range []iso9660.NameKind{iso9660.RockRidge, iso9660.Joliet, iso9660.Plain} {
		view, err := v.img.View(kind)
		if err != nil {
			v.add("volume", kind.String(), VerdictNone, "the image has no such names")
			continue
		}
		x, err := indexFiles(ctx, view)
		if err != nil {
			return err
		}
		views[kind] = x
		v.viewRows(kind, x)
	}
	v.files = views[v.img.Kind()]
	v.compareNames(views[iso9660.RockRidge], views[iso9660.Joliet])
	v.comparePlaces(views[v.img.Kind()], views[iso9660.Plain], v.img.Kind())
	return nil
}

func (v *verifier) volumeSize() {
	want := v.img.Primary().Size()
	behind := v.size - want
	switch owner := v.partitionBehind(want); {
	case behind == 0:
		v.add("volume", "size", VerdictOK, "%d bytes, as the volume descriptor says", want)
	case behind < 0:
		v.add("volume", "size", VerdictFail, "truncated: %d bytes of %d, %d are missing", v.size, want, -behind)
	case owner != "":
		v.add("volume", "size", VerdictOK, "%d bytes; %s lies in the %d that follow", want, owner, behind)
	default:
		v.add("volume", "size", VerdictWarn, "%d bytes follow the %d of the volume", behind, want)
	}
}

// partitionBehind names a partition that was appended behind the volume.
func (v *verifier) partitionBehind(end int64) string {
	for _, p := range v.espPartitions() {
		if p.start >= end {
			return p.name
		}
	}
	return ""
}

func (v *verifier) viewRows(kind iso9660.NameKind, x *fileIndex) {
	if len(x.faults) == 0 {
		v.add("volume", kind.String(), VerdictOK, "%s", plural(len(x.files), "file", "files"))
		return
	}
	for _, f := range x.faults {
		v.add("volume", kind.String(), VerdictFail, "%v", f)
	}
	if x.unsaid > 0 {
		v.add("volume", kind.String(), VerdictFail, "and %d more faults", x.unsaid)
	}
}

// compareNames holds Joliet's names to those of Rock Ridge. Joliet shortens long
// names and lacks some characters; media may also hide files from it.
func (v *verifier) compareNames(rr, joliet *fileIndex) {
	if rr == nil || joliet == nil {
		return
	}
	places := map[place]bool{}
	for _, f := range joliet.files {
		places[f.place()] = true
	}
	same, renamed, missing, different := 0, 0, 0, ""
	for _, f := range rr.files {
		twin, ok := joliet.find(f.path)
		switch {
		case ok && (twin.size != f.size || f.size > 0 && twin.block != f.block):
			different = f.path
		case ok:
			same++
		case places[f.place()]:
			renamed++
		default:
			missing++
		}
	}
	detail := fmt.Sprintf("Rock Ridge and Joliet agree on %s", plural(same, "file", "files"))
	if renamed > 0 {
		detail += fmt.Sprintf("; Joliet shortens %s", plural(renamed, "name", "names"))
	}
	switch {
	case different != "":
		v.add("volume", "names", VerdictFail, "%s is another file in Joliet than in Rock Ridge", different)
	case missing > 0:
		v.add("volume", "names", VerdictWarn, "%s; %s not in Joliet", detail, plural(missing, "file is", "files are"))
	case len(joliet.files) > len(rr.files):
		v.add("volume", "names", VerdictWarn, "%s; Joliet has %d more", detail, len(joliet.files)-len(rr.files))
	default:
		v.add("volume", "names", VerdictOK, "%s", detail)
	}
}

// comparePlaces looks for content that the plain names, which are mangled, do
// not lead to.
func (v *verifier) comparePlaces(best, plain *fileIndex, kind iso9660.NameKind) {
	if best == nil || plain == nil || best == plain {
		return
	}
	places := map[place]bool{}
	for _, f := range plain.files {
		places[f.place()] = true
	}
	missing := 0
	for _, f := range best.files {
		if f.size > 0 && !places[f.place()] {
			missing++
		}
	}
	if missing > 0 {
		v.add("volume", "content", VerdictWarn, "the plain names do not lead to %s of %s", plural(missing, "file", "files"), kind)
	}
}
