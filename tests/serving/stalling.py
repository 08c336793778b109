"""A way to a store on which some requests are never answered."""

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def stalling(endpoint, what):
    """Forward to a store; from the first request with ``what`` in its head on, a connection hangs.

    Yields
    ------
    tuple
        The way's URL, and an event that is set when a request hangs.
    """
    target, stalled = urlsplit(endpoint), threading.Event()

    class Way(socketserver.BaseRequestHandler):
        def handle(self):
            with (
                suppress(OSError),
                socket.create_connection((target.hostname, target.port)) as store,
            ):
                threading.Thread(target=pump, args=(store, self.request), daemon=True).start()
                while data := self.request.recv(1 << 16):
                    if what in data:
                        stalled.set()
                        self.request.recv(1)  # until the client goes
                        return
                    store.sendall(data)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Way) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", stalled
        server.shutdown()


def pump(source, target):
    """Pass on what arrives."""
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
