package product

import (
	"errors"
	"fmt"
	"time"
)

// Date is a calendar day without a time zone: a TOML local date. The time in
// it is midnight UTC.
type Date struct{ time.Time }

// The years that every artefact can hold: FAT counts from 1980 and ISO 9660
// directory records in two digits and a half, to 2155.
const firstYear, lastYear = 1980, 2099

var errNotDate = errors.New("not a calendar date")

// NewDate makes a date of its parts.
func NewDate(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads 2026-11-20.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is %w", s, errNotDate)
	}
	return Date{t}, nil
}

// String is the date as TOML writes it: 2026-11-20.
func (d Date) String() string { return d.Format(time.DateOnly) }

// Compact is the date as release names write it: 20261120.
func (d Date) Compact() string { return d.Format("20060102") }

// UnmarshalTOML takes a local date, and nothing that has a time of day.
func (d *Date) UnmarshalTOML(v any) error {
	date, ok := localDate(v)
	if !ok {
		return errNotDate
	}
	*d = date
	return nil
}

// MarshalTOML writes a local date.
func (d Date) MarshalTOML() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText serves --json.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON hides the embedded time's, which would add a time of day.
func (d Date) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// localDate takes a TOML value for a local date. The decoder marks one by the
// name of its zone, whose offset is the host's and must not shift the day.
func localDate(v any) (Date, bool) {
	t, ok := v.(time.Time)
	if !ok || t.Location().String() != "date-local" {
		return Date{}, false
	}
	return NewDate(t.Date()), true
}
