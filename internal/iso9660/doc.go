// Package iso9660 writes and reads the file system of installer media: ISO 9660
// with Rock Ridge, Joliet, El Torito, isohybrid partition tables and the
// implanted MD5 that checkisomd5 verifies.
//
// # Writing
//
// Plan turns a list of entries into a Layout, which says where every byte will
// lie before any is written; Layout.Write then writes the image in one
// sequential pass, in constant memory, hashing on the way:
//
//	layout, err := iso9660.Plan(entries, iso9660.Options{VolumeID: "SPIN-1.0", …})
//	result, err := layout.Write(ctx, file, nil)
//
// An image depends on nothing but the entries and the options: the same input
// gives the same bytes on every host. From its head to its tail it holds the
// system area (MBR and GPT, when hybrid), the volume descriptors, the boot
// catalog, the path tables, all directories, the files by rising Weight, at
// least 300 KiB of padding, and the backup GPT.
//
// Where the formats leave a choice, these were made:
//
//   - ISO 9660 level 3. Names are mangled to at most 31 d-characters and made
//     unique with a number. A file of 4 GiB or more is recorded in several
//     extents of at most 4 GiB - 2 KiB, which follow one another without a gap.
//   - Directories may be deeper than the eight levels of ECMA-119 §6.8.2.1; they
//     are not relocated. Linux, GRUB, isolinux, xorriso, isoinfo and 7-Zip all
//     read such trees, and a relocated one shows an rr_moved directory.
//   - Rock Ridge is announced as RRIP_1991A and its PX fields have 36 bytes, as
//     xorriso and genisoimage write them. RRIP 1.12 adds a file serial number
//     and another identifier, by which some readers don't know it as Rock Ridge.
//   - Joliet names have up to 103 UCS-2 characters, as on Debian's own media
//     (the specification says 64; every reader takes 103), and no version
//     number. Characters outside the basic plane become "_". Names that differ
//     only in case get numbers, since Windows opens the first for all of them.
//     Symbolic links do not occur in the Joliet tree.
//   - The hybrid MBR is a protective one, with an active partition entry of type
//     0 and one block beside it, because old BIOSes boot only from a disk that
//     has an active partition. The GPT has one partition, the ESP. A partition
//     over the whole image, as isohybrid writes it, would overlap both the GPT
//     and the ESP; sgdisk -v calls that a fault, and no firmware needs it.
//
// # Reading
//
// Open reads any vendor's image, also a damaged or a hostile one: an Image is an
// fs.FS over Rock Ridge, Joliet or plain names, and gives the boot catalog, the
// partition tables with a verdict on each checksum, and the verdict of
// checkisomd5. Nothing that the image claims is allocated before it is checked
// against the image's size and a fixed limit.
//
// # Specifications
//
// ECMA-119 (ISO 9660), IEEE P1281 (SUSP 1.12), IEEE P1282 (RRIP 1.12), the Joliet
// Specification (1995), El Torito 1.0, UEFI 2.10 §5 (GPT) and §13.3.2 (El Torito).
// isolinux's boot information table and hybrid MBR are described in xorrisofs(1);
// the implanted MD5 has no document but isomd5sum itself.
package iso9660
