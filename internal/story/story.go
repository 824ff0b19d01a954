// Package story holds the tests that tell what a person sees: each a script in
// testdata/script (txtar, as testscript reads it) that runs the programs of
// tools/ in a product's directory, with a small Debian archive on a mirror of
// its own, and says what they print, how they end, and what must not be there
// afterwards.
//
// Besides testscript's own commands a script has these:
//
//	product [DIR]                    the product of testdata/product, under files that are there
//	archive DIR FILE [WORD...]       an archive in DIR: the packages of FILE, and those that boot
//	mirror start DIR | stop          serve an archive; MIRROR of the environment names it
//	mirror spoil PART FAULT | mend   let it misbehave for paths with PART in them
//	mirror asked [REGEXP]            what was asked for since; ! mirror asked: nothing
//	build [UNTIL]                    every step up to UNTIL, or the ISO
//	exits CODE PROGRAM [ARG...]      run a program; it must end with CODE
//	unsaid TEXT [DIR...]             TEXT is neither in any output so far nor in files below DIR
//	listing DIR FILE                 write mode, size and digest of what is below DIR to FILE
//	substitute FILE OLD NEW          replace OLD, which must be there, with NEW
//
// The words of archive: bare (only the packages of FILE), key=NAME, date=-1h,
// valid=1h, byhash, detached, unsigned.
package story
