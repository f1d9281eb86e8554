"""clamd's protocol, spoken with a local server that understands it."""

import io
import socketserver
import struct
import threading
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.virus_scanner import CHUNK, Clamd, ScannerUnavailable, scanner

VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


class FakeClamd(socketserver.StreamRequestHandler):
    """Reads INSTREAM as clamd does, and finds one virus."""

    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        assert command == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.server.seen.append(content)
        answer = "stream: Eicar-Test-Signature FOUND" if VIRUS in content else "stream: OK"
        self.wfile.write((self.server.answer or answer).encode() + b"\0")


@contextmanager
def clamd_at(server_class, address, answer=""):
    with server_class(address, FakeClamd) as server:
        server.seen, server.answer = [], answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(params=["tcp", "unix"])
def clamd(request, tmp_path, settings):
    if request.param == "tcp":
        with clamd_at(socketserver.TCPServer, ("127.0.0.1", 0)) as server:
            settings.VIRUS_SCANNER_URL = f"clamd://127.0.0.1:{server.server_address[1]}"
            yield server
    else:
        path = str(tmp_path / "clamd.ctl")
        with clamd_at(socketserver.UnixStreamServer, path) as server:
            settings.VIRUS_SCANNER_URL = f"clamd://{path}"
            yield server


def test_a_clean_file_is_clean_and_sent_whole(clamd):
    content = b"clean" * CHUNK
    assert scanner().scan(io.BytesIO(content)) == ""
    assert clamd.seen == [content]


def test_a_virus_is_named(clamd):
    file = io.BytesIO(b"a" * (CHUNK - 5) + VIRUS)
    file.seek(100)  # wherever somebody has read to
    assert scanner().scan(file) == "Eicar-Test-Signature"


@pytest.mark.parametrize("answer", ["INSTREAM size limit exceeded. ERROR", "stream: ", "nonsense"])
def test_an_answer_that_is_none_lets_nothing_through(answer):
    with clamd_at(socketserver.TCPServer, ("127.0.0.1", 0), answer=answer) as server:
        host, port = server.server_address
        with pytest.raises(ScannerUnavailable):
            Clamd(host, port).scan(io.BytesIO(b"clean"))


def test_no_scanner_there(tmp_path):
    for clamd in (Clamd("127.0.0.1", 1), Clamd(path=str(tmp_path / "nobody"))):
        with pytest.raises(ScannerUnavailable):
            clamd.scan(io.BytesIO(b"clean"))


def test_the_setting_decides(settings):
    settings.VIRUS_SCANNER_URL = ""
    assert scanner() is None
    settings.VIRUS_SCANNER_URL = "clamd://scanner"
    assert scanner() == Clamd("scanner", 3310)
    settings.VIRUS_SCANNER_URL = "https://scanner"
    with pytest.raises(ImproperlyConfigured):
        scanner()
