package target

// systemTable are the commands that this package does.
var systemTable = []entry{
	{command: "lang", state: Executed, executed: "addsupport", note: "`/etc/locale.conf`; the package `locales` makes what is not C.UTF-8"},
	{command: "keyboard", state: Executed, executed: "xlayouts vckeymap switch", note: "`/etc/default/keyboard`, for the console as well; a console keymap counts where no layout is said"},
	{command: "timezone", state: Executed, executed: "utc isUtc nontp ntpservers"},
	{command: "timesource", state: Executed, executed: "ntp-server ntp-pool nts ntp-disable", note: "chrony or systemd-timesyncd, whichever is installed", notes: map[string]string{"nts": "chrony alone"}},
	{command: "rootpw", state: Executed, executed: "iscrypted plaintext lock allow-ssh"},
	{command: "user", state: Executed, executed: "name groups homedir password iscrypted plaintext shell uid gid lock gecos", note: "groups that are not there are made"},
	{command: "group", state: Executed, executed: "name gid"},
	{command: "sshkey", state: Executed, executed: "username"},
	{command: "network", state: Executed, note: "systemd-networkd where `services` enables it or nothing else is there, else NetworkManager, else ifupdown",
		executed: "device hostname bootproto ip netmask gateway nameserver nodns dhcpclass mtu onboot nodefroute noipv4 noipv6 ipv6 ipv6gateway vlanid interfacename bondslaves bondopts bridgeslaves bridgeopts bindto ipv4-dns-search ipv6-dns-search ipv4-ignore-auto-dns ipv6-ignore-auto-dns",
		accepted: "activate no-activate notksdevice", ignored: "ethtool essid wepkey wpakey teamslaves teamconfig",
		notes: map[string]string{
			"activate": "installing needs no network", "no-activate": "installing needs no network", "bootproto": "ibft and query are taken for dhcp, with a warning",
			"teamslaves": "make a bond", "teamconfig": "make a bond", "device": "a name, a MAC address, link or bootif",
		}},
	{command: "firewall", state: Executed, note: "`/etc/nftables.conf`, where nftables is installed; SSH is open unless `--remove-service=ssh` closes it",
		executed: "enabled disabled ssh http smtp ftp port trust service remove-service use-system-defaults"},
	{command: "services", state: Executed, executed: "enabled disabled", note: "sshd, crond, chronyd, httpd and the like are found under Debian's names"},
	{command: "bootloader", state: Executed, note: "GRUB, from Debian's packages; with shim for UEFI, and in EFI/BOOT as well",
		executed: "append location password md5pass iscrypted timeout default boot-drive driveorder leavebootorder disabled nombr", refused: "extlinux sdboot",
		ignored: "upgrade", notes: map[string]string{"location": "boot is taken for partition", "extlinux": "GRUB is the boot loader", "sdboot": "GRUB is the boot loader", "md5pass": "refused unless it is GRUB's own kind of hash"}},
	{command: "repo", state: Executed, note: "packages come from the medium; with `--install` the installed system's apt gets the repository",
		executed: "name baseurl install", accepted: "cost ignoregroups",
		ignored: "mirrorlist metalink includepkgs excludepkgs proxy noverifyssl sslcacert sslclientcert sslclientkey"},

	{command: "selinux", state: Ignored, accepted: "disabled enforcing permissive", note: "Debian comes with AppArmor"},
	{command: "authselect", state: Ignored, note: "Debian has pam-auth-update"},
	{command: "auth", state: Ignored, note: "Debian has pam-auth-update"},
	{command: "realm", state: Ignored, note: "joining a domain needs a network: do it in %post or at the first start"},
	{command: "firstboot", state: Accepted, accepted: "enable disable reconfig", note: "no assistant runs at the first start"},
	{command: "eula", state: Accepted, accepted: "agreed"},
	{command: "skipx", state: Accepted},
	{command: "xconfig", state: Accepted, accepted: "startxonboot defaultdesktop", note: "a display manager starts by itself where it is installed"},
}

// storageTable are the commands of internal/storage.
var storageTable = []entry{
	{command: "zerombr", state: Executed, silent: true},
	{command: "ignoredisk", state: Executed, silent: true, executed: "drives only-use", refused: "interactive"},
	{command: "clearpart", state: Executed, silent: true, executed: "all linux none initlabel drives list disklabel", ignored: "cdl"},
	{command: "part", state: Executed, silent: true, executed: "fstype size grow maxsize recommended hibernation ondisk onpart noformat asprimary label fsoptions fsprofile mkfsoptions " + crypt,
		refused: "onbiosdisk resize " + escrow, accepted: "active"},
	{command: "raid", state: Executed, silent: true, executed: "device level spares chunksize fstype label fsoptions fsprofile mkfsoptions " + crypt, refused: "noformat useexisting " + escrow},
	{command: "volgroup", state: Executed, silent: true, executed: "pesize reserved-space reserved-percent", refused: "noformat useexisting"},
	{command: "logvol", state: Executed, silent: true, executed: "name vgname fstype size grow maxsize percent recommended hibernation label fsoptions fsprofile mkfsoptions " + crypt,
		refused: "noformat useexisting resize thin thinpool poolname metadatasize chunksize profile cachesize cachepvs cachemode " + escrow},
	{command: "btrfs", state: Executed, silent: true, executed: "label data metadata subvol parent name", refused: "noformat useexisting"},
	{command: "mount", state: Executed, silent: true, executed: "reformat mkfsoptions mountoptions"},
	{command: "autopart", state: Executed, silent: true, executed: "type fstype nohome noboot noswap nolvm hibernation " + crypt, refused: escrow,
		notes: map[string]string{"type": "lvm, plain and btrfs"}},
	{command: "reqpart", state: Executed, silent: true, executed: "add-boot"},
	{command: "snapshot", state: Refused, silent: true, refused: "name when"},
	{command: "iscsi", state: Refused, silent: true, refused: "target ipaddr port user password reverse-user reverse-password iface"},
	{command: "iscsiname", state: Ignored},
	{command: "fcoe", state: Refused, silent: true, refused: "nic dcb autovlan"},
	{command: "zfcp", state: Refused, silent: true, refused: "devnum wwpn fcplun"},
	{command: "nvdimm", state: Refused, silent: true, refused: "namespace mode sectorsize blockdevs"},
	{command: "dmraid", state: Refused, silent: true, refused: "name dev"},
	{command: "multipath", state: Refused, silent: true, refused: "name device rule"},
}

// options that several commands share.
const (
	crypt  = "encrypted passphrase cipher luks-version pbkdf pbkdf-memory pbkdf-time pbkdf-iterations"
	escrow = "escrowcert backuppassphrase"
)

// installerTable are the commands that steer the installer itself.
var installerTable = []entry{
	{command: "text", state: Accepted, accepted: "non-interactive", note: "the installer has one screen, for terminals and serial lines"},
	{command: "graphical", state: Accepted, accepted: "non-interactive", note: "the same screen as text"},
	{command: "cmdline", state: Accepted, accepted: "non-interactive", note: "the same screen as text"},
	{command: "reboot", state: Executed, executed: "eject kexec", notes: map[string]string{"kexec": "restarts by the firmware"}},
	{command: "poweroff", state: Executed, executed: "eject", accepted: "kexec"},
	{command: "halt", state: Executed, executed: "eject", accepted: "kexec"},
	{command: "shutdown", state: Executed, executed: "eject", accepted: "kexec"},
	{command: "cdrom", state: Executed, note: "packages come from the medium that was started"},
	{command: "harddrive", state: Accepted, accepted: "dir partition biospart", note: "packages come from the medium that was started, which may be a disk"},
	{command: "url", state: Ignored, note: "packages come from the medium", ignored: "url mirrorlist metalink proxy noverifyssl sslcacert sslclientcert sslclientkey"},
	{command: "nfs", state: Ignored, note: "packages come from the medium", ignored: "server dir opts"},
	{command: "liveimg", state: Refused, note: "packages are installed, not an image", refused: "url proxy noverifyssl checksum"},
	{command: "ostreesetup", state: Refused, refused: "osname remote url ref nogpg"},
	{command: "ostreecontainer", state: Refused, refused: "stateroot remote no-signature-verification transport url"},
	{command: "bootc", state: Refused, refused: "stateroot source-imgref target-imgref"},
	{command: "module", state: Ignored, note: "Debian has no module streams", ignored: "name stream disable"},
	{command: "mediacheck", state: Accepted, note: "the boot menu has an entry for it, and every package is held to its checksum anyway"},
	{command: "sshpw", state: Ignored, note: "nobody can log in to the installer over the network", ignored: "username sshkey lock iscrypted plaintext"},
	{command: "vnc", state: Ignored, ignored: "host port password"},
	{command: "rdp", state: Ignored, ignored: "username password"},
	{command: "rescue", state: Ignored, note: "the boot menu has an entry for it", ignored: "nomount romount"},
	{command: "logging", state: Accepted, accepted: "host port level", note: "the log is on the screen and in the installed system's /var/log"},
	{command: "updates", state: Ignored},
	{command: "driverdisk", state: Ignored, ignored: "source biospart"},
	{command: "device", state: Accepted, accepted: "opts", note: "drivers are loaded by themselves"},
	{command: "deviceprobe", state: Accepted},
	{command: "autostep", state: Accepted, accepted: "autoscreenshot"},
	{command: "install", state: Accepted},
	{command: "method", state: Accepted},
	{command: "hmc", state: Refused, note: "for IBM Z"},
	{command: "zipl", state: Accepted, accepted: "secure-boot force-secure-boot no-secure-boot", note: "for IBM Z"},
	{command: "rhsm", state: Ignored, note: "for Red Hat's subscriptions", ignored: "organization activation-key connect-to-insights proxy server-hostname rhsm-baseurl flatpak-registry-url"},
	{command: "syspurpose", state: Ignored, note: "for Red Hat's subscriptions", ignored: "role sla usage addon"},
}

// sectionTable are the sections.
var sectionTable = []entry{
	{command: "%packages", state: Executed, executed: "excludedocs ignoremissing nocore default inst-langs instLangs exclude-weakdeps excludeWeakdeps ignorebroken",
		accepted: "multilib timeout retries"},
	{command: "%pre", state: Executed, executed: "interpreter log erroronfail"},
	{command: "%pre-install", state: Executed, executed: "interpreter log erroronfail"},
	{command: "%post", state: Executed, executed: "interpreter log erroronfail nochroot"},
	{command: "%onerror", state: Executed, executed: "interpreter log erroronfail"},
	{command: "%traceback", state: Accepted, accepted: "interpreter log erroronfail", note: "for faults of Anaconda's own"},
	{command: "%addon", state: Ignored, note: "add-ons are Anaconda's"},
	{command: "%anaconda", state: Accepted, note: "password policies are for people who type one"},
	{command: "%certificate", state: Ignored, ignored: "filename dir type"},
}
