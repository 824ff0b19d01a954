// Package acceptance holds the tests of the whole: they take the ISO that make
// iso wrote, hand it to the real programs and boot it. make test builds the ISO
// first; a test run without one skips.
package acceptance
