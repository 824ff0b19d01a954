package rootfs

import "fmt"

// PackageError is a package that could not be installed.
type PackageError struct {
	Package string // name, version, architecture
	File    string // the package's file
	Step    Step
	Err     error
	// Output is the end of what its script said, when it was running one.
	Output string
}

// Error names the package, what was being done to it, and why it failed.
func (e *PackageError) Error() string {
	msg := fmt.Sprintf("%s %s: %v", e.Step, e.Package, e.Err)
	if e.File != "" && (e.Step == Reading || e.Step == Unpacking) {
		msg = fmt.Sprintf("%s %s (%s): %v", e.Step, e.Package, e.File, e.Err)
	}
	if e.Output != "" {
		msg += "\n" + e.Output
	}
	return msg
}

// Unwrap gives the cause.
func (e *PackageError) Unwrap() error { return e.Err }

// ChecksumError is a package file that is not the one that was asked for.
type ChecksumError struct {
	Got, Want         string // SHA-256, hexadecimal
	GotSize, WantSize int64  // bytes
}

// Error tells what differs.
func (e *ChecksumError) Error() string {
	if e.GotSize != e.WantSize {
		return fmt.Sprintf("the file is damaged: it has %d bytes, not %d", e.GotSize, e.WantSize)
	}
	return fmt.Sprintf("the file is damaged: its SHA-256 is %s, not %s", e.Got, e.Want)
}

// OverlapError is a file that two packages hold, neither of which replaces the other's.
type OverlapError struct {
	Path          string
	First, Second string // packages
}

// Error names the file and both packages.
func (e *OverlapError) Error() string {
	return fmt.Sprintf("/%s is in %s and in %s, and neither Replaces the other", e.Path, e.First, e.Second)
}
