package medium

import "strings"

// alternatives are commands that no package lists among its files: a link that
// update-alternatives or alternatives makes when the package is configured, or
// a file that a maintainer script writes. Of packages on the medium IndexDebs
// reads that off the scripts; of those in a repository only this table tells,
// and of those whose scripts name the links by variables.
var alternatives = table(`
awk nawk: mawk gawk original-awk
editor: nano vim vim-tiny vim-nox nvi emacs-nox ed joe mg micro
pico: nano
vi view ex rvi rview: vim vim-tiny vim-nox vim-gtk3 nvi elvis-tiny vim-minimal
vim rvim vimdiff: vim vim-nox vim-gtk3
pager: less most util-linux
which: debianutils which gnu-which
sh: dash bash
nc netcat: netcat-openbsd netcat-traditional nmap-ncat ncat
telnet: inetutils-telnet telnet-ssl telnet
ftp: tnftp inetutils-ftp lftp
tftp: tftp-hpa inetutils-tftp
traceroute traceroute6: traceroute inetutils-traceroute
rsh rlogin rcp: openssh-client rsh-client
mail mailx Mail: bsd-mailx mailutils s-nail mailx
sendmail newaliases mailq: exim4-daemon-light exim4-daemon-heavy postfix sendmail-bin sendmail msmtp-mta nullmailer dma opensmtpd
java javac keytool jar: default-jre-headless default-jdk-headless openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless java-1.8.0-openjdk-headless java-11-openjdk-headless java-17-openjdk-headless java-21-openjdk-headless
cc c89 c99: gcc clang tcc
c++: g++ clang
cpp: cpp
ld: binutils lld
yacc: bison byacc
lex: flex
lzma unlzma lzcat lzless lzmore: xz-utils
iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore: iptables iptables-nft iptables-legacy
arptables: arptables iptables iptables-nft
ebtables: ebtables iptables-nft
mkisofs: genisoimage xorriso
mt: cpio mt-st
locate updatedb: plocate mlocate
rename: rename prename util-linux
php: php-cli php8.4-cli
phar: php-cli php8.4-cli
lua luac: lua5.4 lua5.3 lua5.1
python: python-is-python3 python-unversioned-command python
python3 pydoc3: python3 python3-minimal
pip pip3: python3-pip
aptitude: aptitude
fakeroot faked: fakeroot
wish: tk
tclsh: tcl
pinentry: pinentry-curses pinentry-tty pinentry-gtk2 pinentry-gnome3 pinentry-qt
www-browser: lynx w3m links elinks
x-www-browser: firefox-esr firefox chromium
x-terminal-emulator: xterm gnome-terminal konsole xfce4-terminal
x-session-manager: gnome-session xfce4-session plasma-workspace lxsession
w: procps procps-ng
open: xdg-utils
infobrowser: info
from: bsd-mailx
ifup ifdown: ifupdown ifupdown2 network-scripts initscripts NetworkManager
busybox: busybox busybox-static
locale-gen: locales
js: nodejs
`)

// builtinModules of Python are compiled into the interpreter and have no file.
var builtinModules = words(`sys time builtins marshal posix errno gc itertools _io _thread atexit signal
	array math cmath binascii zlib select fcntl grp pwd spwd syslog unicodedata faulthandler
	_signal _weakref _codecs _collections _functools _operator _sre _stat _string _symtable _warnings`)

func words(s string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// table reads lines of names, a colon and packages.
func table(text string) map[string][]string {
	m := make(map[string][]string)
	for l := range strings.Lines(text) {
		names, packages, _ := strings.Cut(l, ":")
		for _, n := range strings.Fields(names) {
			m[n] = append(m[n], strings.Fields(packages)...)
		}
	}
	return m
}
