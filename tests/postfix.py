"""A real Postfix with a queue, ports and a certificate of its own; no other Postfix is touched.

with real_postfix() as server, server.used():  # the SIEGEL_SMTP_* settings name it meanwhile
    ...
"""

import contextlib
import datetime as dt
import email
import ipaddress
import os
import pwd
import random
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

SENDER = "siegel@mail.example"
# Addresses that the server answers in its own way.
GONE, LATER, BUSY = "gone@bank.example", "later@bank.example", "busy@bank.example"
DOMAINS = "bank.example, kunde.example, nordwind.example"
SERVICES = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

needs_postfix = [
    pytest.mark.postfix,
    pytest.mark.skipif(
        shutil.which("postfix") is None or os.geteuid() != 0, reason="needs postfix, as root"
    ),
]


class Authority:
    """Somebody who vouches for servers, and the certificate of one on this machine."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file = folder / f"{name}-authority.pem"
        self.chain = folder / f"{name}-server.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate(name, key, name, key, is_authority=True)
        self.file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        own = ec.generate_private_key(ec.SECP256R1())
        server = _certificate("localhost", own, name, key, is_authority=False)
        self.chain.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + server.public_bytes(serialization.Encoding.PEM)
        )
        self.chain.chmod(0o600)


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


class Postfix:
    """A running Postfix that takes mail at three ports and puts it into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder, "ours")
        self.stranger = Authority(folder, "stranger")
        user = pwd.getpwnam("postfix")
        for name in ("queue", "data", "mail"):
            (folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(folder / name, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
        self._user = user
        self.start()

    def start(self) -> None:
        """Start it, also after stop()."""
        for _ in range(5):
            # Below those that the system gives to others.
            self.port = random.randint(20_000, 30_000)  # noqa: S311 - nobody has to guess it
            self._configure()
            with (self.folder / "log").open("a") as log:
                self.process = subprocess.Popen(
                    ["postfix", "-c", self.folder, "start-fg"], stdout=log, stderr=log
                )
            with contextlib.suppress(TimeoutError):
                return self._wait()
            self.stop()
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        """End it; what it has taken stays in its queue."""
        subprocess.run(["postfix", "-c", self.folder, "abort"], capture_output=True)
        self.process.kill()
        self.process.wait()

    @contextmanager
    def used(self, **more: Any) -> Iterator[None]:
        """Have it be the installation's mail server, by STARTTLS unless `more` says otherwise."""
        given = {
            "SIEGEL_SMTP_HOST": "localhost",
            "SIEGEL_SMTP_PORT": self.port,
            "SIEGEL_SMTP_FROM": SENDER,
            "SIEGEL_SMTP_CA_FILE": self.authority.file,
        }
        with override_settings(**given | more):
            yield

    def mails(self, at_least: int = 0) -> list[EmailMessage]:
        """What has arrived, oldest first, once there are so many."""
        end = time.monotonic() + 30
        arrived = self.folder / "mail" / "inbox" / "new"
        while True:
            files = sorted(arrived.glob("*"), key=lambda file: file.stat().st_mtime_ns)
            # What the server has taken and not put there yet is on its way.
            if len(files) >= at_least and not any(self._on_their_way()):
                break
            if time.monotonic() > end:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.02)
        return [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]

    def _on_their_way(self) -> Iterator[Path]:
        for name in ("incoming", "active", "maildrop"):
            yield from (one for one in (self.folder / "queue" / name).rglob("*") if one.is_file())

    def forget(self) -> None:
        """Empty the folder, once all has arrived."""
        self.mails()
        for file in (self.folder / "mail" / "inbox" / "new").glob("*"):
            file.unlink()

    def _wait(self) -> None:
        end = time.monotonic() + 15
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtplib.SMTP("127.0.0.1", self.port, timeout=5).quit()
                return
            time.sleep(0.05)
        raise TimeoutError

    def _configure(self) -> None:
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "maillog_file": "/dev/stdout",
            "myhostname": "mail.example",
            "mydestination": "",
            "inet_interfaces": "all",
            "inet_protocols": "ipv4",
            "alias_maps": "",
            "virtual_mailbox_domains": DOMAINS,
            "virtual_mailbox_base": self.folder / "mail",
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_minimum_uid": 1,
            "virtual_uid_maps": f"static:{self._user.pw_uid}",
            "virtual_gid_maps": f"static:{self._user.pw_gid}",
            "smtpd_recipient_restrictions": f"check_recipient_access inline:{{ "
            f"{{ {GONE} = 550 5.1.1 nobody of that name }}, "
            f"{{ {LATER} = 451 4.3.0 not now }}, "
            f"{{ {BUSY} = 421 4.3.2 closing }} }}",
            "smtpd_tls_security_level": "encrypt",
            "smtpd_tls_chain_files": self.authority.chain,
            "smtpd_peername_lookup": "no",
        }
        text = "".join(f"{key} = {value}\n" for key, value in settings.items())
        (self.folder / "main.cf").write_text(text)
        at, options = "inet n - n - - smtpd", "smtpd_tls"
        services = [
            f"127.0.0.1:{self.port} {at}",
            f"127.0.0.1:{self.port + 1} {at} -o {options}_security_level=none",
            f"127.0.0.1:{self.port + 2} {at} -o {options}_wrappermode=yes",
            f"127.0.0.1:{self.port + 3} {at} -o {options}_chain_files={self.stranger.chain}",
        ]
        (self.folder / "master.cf").write_text("\n".join(services) + "\n" + SERVICES)


@contextmanager
def real_postfix() -> Iterator[Postfix]:
    """Start it, which takes about a second."""
    with tempfile.TemporaryDirectory(prefix="postfix-") as folder:
        server = Postfix(Path(folder))
        try:
            yield server
        finally:
            server.stop()
