package acceptance

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// row is what one installation took.
type row struct{ install, login time.Duration }

// table is docs/install-matrix.md, whose rows the tests of the matrix renew
// when CDB_MATRIX names the file.
type table struct{ file string }

// renewing keeps tests that end at once from writing at once.
var renewing sync.Mutex

func openTable() table { return table{os.Getenv("CDB_MATRIX")} }

// add runs a test and writes its row, also when it fails.
func (tb table) add(t *testing.T, what, firmware string, test func(t *testing.T) row) {
	t.Helper()
	var took row
	done := false
	defer func() {
		outcome := "FAILED"
		if done && !t.Failed() {
			outcome = "passed"
		}
		if err := tb.write(fmt.Sprintf("| %s | %s | %s | %s | %s |", what, firmware, minutes(took.install), minutes(took.login), outcome)); err != nil {
			t.Error(err)
		}
	}()
	took = test(t)
	done = true
}

func minutes(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// tableRow is a row of the table below the heading; its first cell names it.
var tableRow = regexp.MustCompile(`^\| ([^|]+) \| [a-z]+ \|`)

// write puts a row in the place of the one with the same first two cells, or
// behind the last one.
func (tb table) write(line string) error {
	if tb.file == "" {
		return nil
	}
	renewing.Lock()
	defer renewing.Unlock()
	text, err := os.ReadFile(tb.file)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	key := tableRow.FindString(line)
	if key == "" {
		return fmt.Errorf("%q is no row", line)
	}
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key) })
	if at >= 0 {
		lines[at] = line
	} else {
		last := -1
		for i, l := range lines {
			if strings.HasPrefix(l, "|") {
				last = i
			}
		}
		if last < 0 {
			return errors.New(tb.file + " holds no table")
		}
		lines = slices.Insert(lines, last+1, line)
	}
	return os.WriteFile(tb.file, []byte(strings.Join(lines, "\n")), 0o644)
}
