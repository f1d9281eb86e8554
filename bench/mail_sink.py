"""A mail server that takes everything and writes each Message-ID on a line of its own.

python -m bench.mail_sink PORT FILE
"""

import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    def __init__(self, path: Path) -> None:
        self.out = path.open("wb", buffering=0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        head = envelope.content.partition(b"\r\n\r\n")[0]
        lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
        self.out.write(lines[0] + b"\n")
        return "250 OK"


if __name__ == "__main__":
    Controller(Sink(Path(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    print("ready", flush=True)
    while True:
        time.sleep(60)
