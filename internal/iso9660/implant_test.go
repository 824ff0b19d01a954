package iso9660

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// The same image is summed up by Write and by implantisomd5, which must put the
// same bytes into it, but for images too small for it.
func TestImplantIsThatOfImplantisomd5(t *testing.T) {
	program := judge.Program(t, "implantisomd5")
	for _, size := range []int{0, 100 << 10, 340 << 10, 400 << 10, 1 << 20, 5<<20 + 1} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			var body strings.Builder
			for i := 0; body.Len() < size; i++ {
				fmt.Fprintf(&body, "%d ", i)
			}
			entries := []Entry{file("f", body.String()[:size])}
			opt := Options{VolumeID: "SUM", Time: testTime}
			bare, _, _ := writeImage(t, entries, opt)
			opt.ImplantMD5 = true
			ours, _, result := writeImage(t, entries, opt)
			agree(t, ours)
			agree(t, bare)
			if out, err := exec.Command(program, bare).CombinedOutput(); err != nil {
				t.Fatalf("implantisomd5: %v\n%s", err, out)
			}
			agree(t, bare)
			a, b := field(t, ours), field(t, bare)
			if small := result.Size-skipSectors*SectorSize < (fragmentCount+1)*md5Unit; a != b && !small {
				t.Errorf("fields differ:\n%s\n%s", a, b)
			}
			if !strings.HasPrefix(b, "ISO MD5SUM = "+result.MD5) {
				t.Errorf("implantisomd5 sums up another image: %s", b)
			}
			if out, err := exec.Command(judge.Program(t, "checkisomd5"), ours).CombinedOutput(); err != nil {
				t.Errorf("checkisomd5 of our image: %v\n%s", err, out)
			}
		})
	}
}

func field(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[primarySector*SectorSize+appUseOffset:][:appUseSize])
}
