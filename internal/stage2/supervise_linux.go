package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// installerArg tells the second process what it is; what follows it is how
// the one before fell.
const installerArg = "installer"

// Main is the whole program: which part it plays depends on its name, on its
// process number and on its first argument.
func Main(s *System, argv []string, stderr io.Writer) {
	switch {
	case filepath.Base(argv[0]) == "modprobe":
		unix.Exit(Modprobe(s, argv[1:], stderr))
	case os.Getpid() == 1:
		Supervise(s, stderr)
	case len(argv) >= 2 && argv[1] == installerArg:
		if err := Run(context.Background(), s, strings.Join(argv[2:], " ")); err != nil {
			fmt.Fprintf(stderr, "stage2: %v\n", err)
			unix.Exit(1)
		}
	default:
		fmt.Fprintln(stderr, "stage2 runs as /init of a medium's initramfs, as process 1")
		unix.Exit(2)
	}
}

// Supervise is process 1. The kernel stops everything when process 1 ends,
// so it does nothing that could fail: it starts the installer, takes leave of
// every process that ends, starts the installer again should it fall, and
// after the third time a shell. It never returns.
func Supervise(s *System, stderr io.Writer) {
	if err := s.MountFixtures(); err != nil {
		fmt.Fprintf(stderr, "stage2: %v\n", err)
	}
	var last string
	for falls := 0; ; falls++ {
		argv := []string{"/init", installerArg}
		if last != "" {
			argv = append(argv, last)
		}
		if falls > 2 {
			fmt.Fprintln(stderr, "stage2: the installer falls again and again; here is a shell")
			argv = []string{"/usr/bin/busybox", "sh"}
		}
		last = startAndBury(argv)
		fmt.Fprintf(stderr, "stage2: %s ended: %s\n", argv[0], last)
		time.Sleep(time.Second)
	}
}

// startAndBury starts a program on the console and waits for every child until
// that program is the one that ended. It says how. What the program has left
// running, such as shells at the consoles, ends with it.
func startAndBury(argv []string) string {
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Dir: "/", Env: []string{"PATH=/usr/sbin:/usr/bin", "HOME=/root", "TERM=linux"},
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return err.Error()
	}
	defer func() { _ = syscall.Kill(-1, syscall.SIGKILL) }() // all but process 1 itself
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err.Error()
		case pid == p.Pid && status.Signaled():
			return status.Signal().String()
		case pid == p.Pid && status.Exited():
			return fmt.Sprintf("exit status %d", status.ExitStatus())
		}
	}
}
