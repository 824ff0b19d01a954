package migrate

import (
	"bytes"
	"slices"
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// FuzzFile rewrites anything from any version for any other: nothing panics,
// and a second run finds nothing more to do.
func FuzzFile(f *testing.F) {
	f.Add([]byte("install\nzerombr yes\ntimezone --isUtc UTC --ntpservers=a,b\n%packages --nobase\n@core\n"), uint8(6), uint8(10))
	f.Add([]byte("authconfig --enableldap\nlangsupport --default=a b\nlang x\n%post\nkey\n%end\n"), uint8(5), uint8(9))
	f.Add([]byte("# kick migrate: old\npart / --start=1 --size 2 --active\n%pre"), uint8(3), uint8(8))
	f.Fuzz(func(t *testing.T, src []byte, from, to uint8) {
		if len(src) > 1<<14 {
			return
		}
		old := kickstart.Syntax{Family: "RHEL", Number: 3 + int(from)%9}
		now := kickstart.Syntax{Family: "RHEL", Number: 3 + int(to)%9}
		if refuses(src, old) {
			return // what the old version doesn't know is left as it is, and may mean something to the new one
		}
		once := File("ks.cfg", src, old, now)
		twice := File("ks.cfg", once.Text, now, now)
		if !bytes.Equal(once.Text, twice.Text) {
			t.Fatalf("%v to %v of %q:\nonce  %q\ntwice %q", old, now, src, once.Text, twice.Text)
		}
	})
}

func refuses(src []byte, v kickstart.Syntax) bool {
	file, err := kickstart.Parse("ks.cfg", src, v)
	_, found := language.Read(v, file.All())
	return err != nil || slices.ContainsFunc(found, func(f kickstart.Finding) bool { return f.Level == kickstart.Error })
}
