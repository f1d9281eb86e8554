"""Asking a virus scanner about a file. Off unless VIRUS_SCANNER_URL names one; the only kind so far is ClamAV's clamd.

`clamd://127.0.0.1:3310` reaches it over TCP, `clamd:///run/clamav/clamd.ctl` over a socket on this machine.
"""

import socket
import struct
from dataclasses import dataclass
from typing import IO, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CHUNK = 64 * 1024
PATIENCE_SECONDS = 60
CLAMD_PORT = 3310


class ScannerUnavailable(Exception):
    """Nobody answers, or nothing we understand: ask again later, let nothing through meanwhile."""


class Scanner(Protocol):
    def scan(self, file: IO[bytes]) -> str:
        """The name of what was found, or "" for a clean file. Raises ScannerUnavailable."""


@dataclass(frozen=True)
class Clamd:
    """clamd's INSTREAM: the file in chunks, each after its length, and one line back."""

    host: str = ""
    port: int = CLAMD_PORT
    path: str = ""  # of a Unix socket; host and port do not matter then

    def scan(self, file: IO[bytes]) -> str:
        file.seek(0)
        try:
            with self._connect() as connection:
                connection.sendall(b"zINSTREAM\0")
                while chunk := file.read(CHUNK):
                    connection.sendall(struct.pack(">I", len(chunk)) + chunk)
                connection.sendall(struct.pack(">I", 0))
                answer = self._answer(connection)
        except OSError as error:
            raise ScannerUnavailable from error
        return self._finding(answer)

    def _connect(self) -> socket.socket:
        if self.path:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(PATIENCE_SECONDS)
            try:
                connection.connect(self.path)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection((self.host, self.port), timeout=PATIENCE_SECONDS)

    def _answer(self, connection: socket.socket) -> str:
        received = b""
        while not received.endswith(b"\0") and len(received) < CHUNK and (part := connection.recv(4096)):
            received += part
        return received.rstrip(b"\0\n").decode("utf-8", "replace")

    def _finding(self, answer: str) -> str:
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerUnavailable(answer[:100])  # too large for it, or out of order


def scanner() -> Scanner | None:
    """The scanner of this installation, if it has one."""
    if not settings.VIRUS_SCANNER_URL:
        return None
    url = urlsplit(settings.VIRUS_SCANNER_URL)
    if url.scheme != "clamd" or not (url.hostname or url.path):
        raise ImproperlyConfigured("VIRUS_SCANNER_URL is clamd://host:port or clamd:///path/of/socket.")
    if url.hostname:
        return Clamd(host=url.hostname, port=url.port or CLAMD_PORT)
    return Clamd(path=url.path)
