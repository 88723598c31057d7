"""Runs commands as on a computer where the chart's public address leads to a folder of ours.

In network and mount namespaces of its own (`unshare --net --mount`), so that the address, port 443
and /etc/hosts are its own as well. The commands come on standard input; their output and exit code
are passed on.
"""

from __future__ import annotations

import functools
import ssl
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "dongdorrong.github.io"


class Pages(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main(site: Path, certificates: Path) -> int:
    """Serve `site` as https://HOST/ and run what standard input says."""
    hosts = certificates / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "tls.crt", certificates / "tls.key")
    pages = functools.partial(Pages, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 443), pages)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return subprocess.run(["/bin/sh", "-euc", sys.stdin.read()]).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
