package fetch

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// NotFound is a file that the server or directory does not have.
type NotFound struct{ URL string }

func (e *NotFound) Error() string { return e.URL + ": not found" }

// Status is an answer that is neither the file nor its absence.
type Status struct {
	URL    string
	Code   int
	Status string
	after  time.Duration
}

func (e *Status) Error() string { return e.URL + ": the server answers " + e.Status }

// Mismatch is a file of the right size whose digest is not the wanted one.
type Mismatch struct {
	URL       string
	Want, Got string // lower-case hexadecimal
}

func (e *Mismatch) Error() string {
	return fmt.Sprintf("%s: the file is not the right one: digest %s…, expected %s…", e.URL, short(e.Got), short(e.Want))
}

func short(digest string) string { return digest[:min(len(digest), 16)] }

// Truncated is a file that ends too early.
type Truncated struct {
	URL       string
	Want, Got int64 // bytes
}

func (e *Truncated) Error() string {
	return fmt.Sprintf("%s: ends after %d of %d bytes", e.URL, e.Got, e.Want)
}

// TooLong is a file with more bytes than there should be; the rest was not read.
type TooLong struct {
	URL   string
	Limit int64 // bytes
}

func (e *TooLong) Error() string {
	return fmt.Sprintf("%s: sends more than the %d bytes there should be", e.URL, e.Limit)
}

// Stalled is a connection on which nothing came for too long.
type Stalled struct {
	URL  string
	Idle time.Duration
}

func (e *Stalled) Error() string { return fmt.Sprintf("%s: nothing came for %s", e.URL, e.Idle) }

// permanent marks an error that asking the same place again cannot mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// everywhere is what each URL had to say, on one line.
type everywhere []error

func (e everywhere) Error() string {
	parts := make([]string, len(e))
	for i, err := range e {
		parts[i] = err.Error()
	}
	return strings.Join(parts, "; ")
}

func (e everywhere) Unwrap() []error { return e }

// parseURL admits the schemes we speak.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL", s)
	}
	switch {
	case u.Scheme == "file" && u.Path != "" && (u.Host == "" || u.Host == "localhost"):
		return u, nil
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return u, nil
	}
	return nil, fmt.Errorf("%q is not an http, https or file URL", redact(s))
}

// redact hides the password a URL may carry.
func redact(s string) string {
	if u, err := url.Parse(s); err == nil {
		return u.Redacted()
	}
	return s
}
