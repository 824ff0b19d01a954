package initrd

import (
	"path"
	"strings"
)

// group is a reason to carry modules, and the modules it names: paths below
// kernel/ without suffix, as path.Match reads them. A pattern that ends in a
// slash stands for the whole directory.
type group struct {
	reason   string
	patterns []string
}

// wanted is everything the initramfs carries by name; what these need comes
// along by itself. A pattern may match nothing: other kernels, other configs.
var wanted = []group{
	{"disks, CDs and DVDs, which Linux drives as SCSI", []string{
		"drivers/scsi/scsi_mod", "drivers/scsi/sd_mod", "drivers/scsi/sr_mod", "drivers/scsi/sg",
	}},
	{"SATA and PATA", []string{"drivers/ata/"}},
	{"NVMe, also behind Intel's VMD", []string{
		"drivers/nvme/host/nvme", "drivers/pci/controller/vmd",
	}},
	{"USB hosts and storage", []string{
		"drivers/usb/core/usbcore", "drivers/usb/host/[xeou]hci-*", "drivers/usb/storage/", "drivers/thunderbolt/",
	}},
	{"MMC, SD cards and their readers", []string{
		"drivers/mmc/core/mmc_block", "drivers/mmc/host/sdhci*", "drivers/mmc/host/rtsx_*", "drivers/mmc/host/alcor",
		"drivers/mmc/host/via-sdmmc", "drivers/mmc/host/wbsd", "drivers/mmc/host/ushc", "drivers/mmc/host/vub300",
		"drivers/mmc/host/cb710-mmc", "drivers/mmc/host/toshsd", "drivers/mmc/host/tifm_sd",
	}},
	{"SAS, RAID and parallel SCSI adapters", []string{
		"drivers/scsi/megaraid/", "drivers/scsi/megaraid", "drivers/scsi/mpt3sas/", "drivers/scsi/mpi3mr/", "drivers/scsi/aacraid/",
		"drivers/scsi/smartpqi/", "drivers/scsi/hpsa", "drivers/scsi/arcmsr/", "drivers/scsi/3w-*", "drivers/scsi/mvsas/",
		"drivers/scsi/mvumi", "drivers/scsi/pm8001/", "drivers/scsi/isci/", "drivers/scsi/esas2r/", "drivers/scsi/hptiop",
		"drivers/scsi/ips", "drivers/scsi/ipr", "drivers/scsi/pmcraid", "drivers/scsi/stex", "drivers/scsi/myrb", "drivers/scsi/myrs",
		"drivers/scsi/aic7xxx/", "drivers/scsi/aic94xx/", "drivers/scsi/sym53c8xx_2/", "drivers/scsi/advansys", "drivers/scsi/initio",
		"drivers/scsi/a100u2w", "drivers/scsi/atp870u", "drivers/scsi/dc395x", "drivers/scsi/wd719x",
		"drivers/scsi/BusLogic", "drivers/message/fusion/mptspi", "drivers/message/fusion/mptsas", "drivers/block/mtip32xx/",
	}},
	{"virtual machines: virtio, VMware, Hyper-V, Xen", []string{
		"drivers/virtio/virtio_pci", "drivers/virtio/virtio_mmio", "drivers/virtio/virtio_input", "drivers/block/virtio_blk",
		"drivers/scsi/virtio_scsi", "drivers/char/virtio_console", "drivers/char/hw_random/virtio-rng",
		"drivers/scsi/vmw_pvscsi", "drivers/misc/vmw_vmci/",
		"drivers/hv/hv_vmbus", "drivers/scsi/hv_storvsc", "drivers/hid/hid-hyperv", "drivers/input/serio/hyperv-keyboard", "drivers/pci/controller/pci-hyperv",
		"drivers/block/xen-blkfront", "drivers/scsi/xen-scsifront", "drivers/input/misc/xen-kbdfront",
	}},
	{"keyboards", []string{
		"drivers/hid/hid-generic", "drivers/hid/usbhid/usbhid", "drivers/hid/hid-apple", "drivers/hid/hid-cherry", "drivers/hid/hid-chicony",
		"drivers/hid/hid-corsair", "drivers/hid/hid-ite", "drivers/hid/hid-lenovo", "drivers/hid/hid-logitech-dj", "drivers/hid/hid-logitech-hidpp",
		"drivers/hid/hid-logitech", "drivers/hid/hid-microsoft", "drivers/input/keyboard/atkbd", "drivers/input/serio/i8042", "drivers/input/keyboard/applespi",
	}},
	{"file systems of media and disks", []string{
		"fs/isofs/", "fs/udf/", "fs/overlayfs/", "fs/squashfs/", "fs/erofs/", "fs/ext4/", "fs/xfs/", "fs/btrfs/", "fs/fat/", "fs/exfat/", "fs/efivarfs/",
		"fs/nls/nls_utf8", "fs/nls/nls_ascii", "fs/nls/nls_cp437", "fs/nls/nls_cp850", "fs/nls/nls_iso8859-1", "fs/nls/nls_iso8859-15",
	}},
	{"loop devices, device mapper and software RAID", []string{
		"drivers/block/loop", "drivers/md/dm-mod", "drivers/md/dm-crypt", "drivers/md/dm-mirror", "drivers/md/dm-raid", "drivers/md/dm-snapshot",
		"drivers/md/dm-thin-pool", "drivers/md/dm-verity", "drivers/md/dm-integrity", "drivers/md/dm-zero",
		"drivers/md/dm-cache", "drivers/md/dm-cache-smq", "drivers/md/dm-writecache",
		"drivers/md/raid0", "drivers/md/raid1", "drivers/md/raid10", "drivers/md/raid456", "drivers/md/linear",
	}},
	{"checksums and ciphers that file systems and dm-crypt ask the kernel for by name", []string{
		"crypto/crc32c_generic", "crypto/crc32_generic", "crypto/crc32c-cryptoapi", "crypto/crc32-cryptoapi", "crypto/xxhash_generic", "crypto/blake2b_generic", "crypto/xts", "crypto/essiv", "crypto/authenc",
		"crypto/algif_hash", "crypto/algif_skcipher", "arch/*/crypto/crc32*", "arch/*/crypto/crct10dif*", "arch/*/crypto/aes*", "arch/*/crypto/sha256*",
	}},
	{"other ciphers that an encrypted volume may have been made with", []string{
		"crypto/adiantum", "crypto/camellia_generic", "crypto/serpent_generic", "crypto/twofish_generic", "crypto/lrw", "crypto/rmd160", "crypto/wp512",
	}},
	{"what a machine tells of itself", []string{"drivers/firmware/qemu_fw_cfg"}},
}

// unwanted are modules that a directory above would bring along: drivers for
// PC cards, which pull in a bus of their own, and drivers that poke at ports
// where nothing may be.
var unwanted = []string{
	"drivers/ata/pata_pcmcia", "drivers/ata/pata_legacy", "drivers/ata/pata_platform", "drivers/ata/pata_isapnp", "drivers/usb/storage/ums-eneub6250",
}

// foreign are directories that nothing above needs. They are the bulk of a
// kernel package, and are not even kept in memory while it is read.
var foreign = []string{
	"drivers/bluetooth/", "drivers/gpu/", "drivers/iio/", "drivers/infiniband/", "drivers/isdn/", "drivers/media/", "drivers/net/",
	"drivers/staging/", "net/bluetooth/", "net/mac80211/", "net/netfilter/", "net/wireless/", "sound/",
}

// helpers are where modules lie that are asked for by an alias instead of
// their name, as "softdep pre: crc32c" does.
var helpers = []string{"crypto/", "arch/", "lib/"}

// names reports whether pattern names the module at stem, a path below kernel/
// without suffix.
func names(pattern, stem string) bool {
	if strings.HasSuffix(pattern, "/") {
		return strings.HasPrefix(stem, pattern)
	}
	ok, err := path.Match(pattern, stem)
	return ok && err == nil
}

// anyNames reports whether one of the patterns names the module.
func anyNames(patterns []string, stem string) bool {
	for _, p := range patterns {
		if names(p, stem) {
			return true
		}
	}
	return false
}

// isWanted reports whether the table carries the module by name.
func isWanted(stem string) bool {
	if anyNames(unwanted, stem) {
		return false
	}
	for _, g := range wanted {
		if anyNames(g.patterns, stem) {
			return true
		}
	}
	return false
}
