"""What runs when somebody opens it: by name, and by the first bytes."""

import re
import struct

from siegel.files.kinds import RefusedFile
from siegel.files.reading import Source

EXECUTABLE_ENDINGS = frozenset(
    """
    apk app appimage appinstaller application appref-ms appx appxbundle bpl class cmdline com cpl
    crx deb dll dmg dpl drv dylib ear elf exe flatpak fon gadget ipa jar ko lnk mpkg msi msix
    msixbundle msp mst msu ocx pif pkg rpm run scr snap so sys vxd war wasm xll xpi
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is harder to read
)
SCRIPT_ENDINGS = frozenset(
    """
    ahk applescript asp aspx au3 bas bash bat bash_profile cgi chm cjs cmd command cpio csh desktop
    diagcab fish hlp hta htm html inf ins iqy isp job js jse jsp jspx ksh library-ms lua mht mhtml
    mjs msc mshxml oqy php php3 php4 php5 php7 phar phtml pl prf ps1 ps1xml ps2 psc1 psd1 psm1 pwsh
    py pyc pyw pyz rb rdp reg rqy scf scpt sct search-ms settingcontent-ms sh shb shs shtml slk svg
    svgz swf tcl terminal theme themepack url vb vbe vbs vbscript webloc website workflow ws wsb wsc
    wsf wsh xbap xht xhtml xsl xslt zsh
    """.split()  # noqa: SIM905 - as above
)
# Windows drops dots and blanks at the end; marks without a shape hide an ending from people.
_IGNORED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_STREAM = re.compile(r"::?\$data$", re.IGNORECASE)


def ending(name: str) -> str:
    """The last ending in lower case and without its dot, as the system that opens it sees it."""
    last = re.split(r"[/\\]", _STREAM.sub("", _IGNORED.sub("", name)).rstrip("."))[-1]
    return last.rpartition(".")[2].lower() if "." in last else ""


def check_ending(name: str) -> None:
    """Refuse a name that a double click would run, whatever is inside."""
    last = ending(name)
    if last in EXECUTABLE_ENDINGS:
        raise RefusedFile("executable")
    if last in SCRIPT_ENDINGS:
        raise RefusedFile("script")


_STARTS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # Mach-O, in both orders and widths
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # Java class, and Mach-O for several processors
    b"\xca\xfe\xba\xbf",
    b"\x00asm",
    b"dex\n035",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows link
    b"\xed\xab\xee\xdb",  # RPM
    b"!<arch>\n",  # Debian package
    b"MSCF",  # cabinet
)


def is_portable_executable(start: bytes) -> bool:
    """MZ alone is two letters; with the header it points at, or DOS's sentence, it is a program."""
    if not start.startswith(b"MZ"):
        return False
    (header,) = struct.unpack_from("<I", start.ljust(64, b"\0"), 60)
    return start[header : header + 4] == b"PE\0\0" or b"be run in DOS mode" in start[:512]


def is_executable(source: Source) -> bool:
    """A program for any system, by its first bytes."""
    start = source.at(0, 64 * 1024)
    return start.startswith(_STARTS) or is_portable_executable(start)
