package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// measuring makes the test binary the small program that peak has others
// started by.
const measuring = "CDB_TEST_MEASURE"

func TestMain(m *testing.M) {
	if os.Getenv(measuring) != "" {
		os.Exit(measure(os.Args[1], os.Args[2:]))
	}
	os.Exit(m.Run())
}

// measure runs a program and ends its output with a line that is its peak, in KiB.
func measure(program string, args []string) int {
	if err := os.Unsetenv(measuring); err != nil {
		return 1
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	if err := cmd.Run(); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("\n%d\n", cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	return 0
}

// peak is the most memory that a program held at once, in MiB. Linux counts from
// the fork on, what the parent held included, and tests that ran before may have
// made this process large: a fresh one has to start the program.
func peak(t *testing.T, env []string, program string, args ...string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{program}, args...)...)
	cmd.Env = append([]string{measuring + "=yes"}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	out = bytes.TrimSpace(out)
	kib, err := strconv.Atoi(string(out[bytes.LastIndexByte(out, '\n')+1:]))
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(append([]string{program}, args...), " "), err, out)
	}
	return kib / 1024
}
