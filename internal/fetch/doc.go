// Package fetch brings files whose digest is known from HTTP servers or local
// directories into a cache that is addressed by digest:
//
//	<Dir>/sha256/ab/abcd…       a whole, verified file, mode 0444
//	<Dir>/sha256/ab/abcd….part  one on its way; the next run goes on from there
//
// A file appears under its final name only after its size and digest were
// checked and its bytes are on the disk. Several processes may share one cache:
// who brings a file holds a lock on its part.
//
// Transient faults (a connection that breaks or stalls, a server that is busy)
// are tried again, going on where the last attempt ended, in turn over all the
// URLs given. A file that is not there or is not the right one is not asked for
// twice from the same place.
package fetch
