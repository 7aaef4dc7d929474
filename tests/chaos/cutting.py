"""A relay to a database that cuts the line at the n-th thing that the client says."""

import contextlib
import socket
import threading


class Cutter:
    """A context manager. `after`: how many chunks of the client pass, None for all; `arm` counts anew and opens the
    line again. `lets_last_pass`: the server gets the last one, and only its answer is lost.
    """

    def __init__(self, target: int):
        self.target = target
        self.after: int | None = None
        self.lets_last_pass = False
        self.said = 0
        self.is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()

    def arm(self, after: int | None, *, lets_last_pass: bool = False) -> None:
        with self._lock:
            self.after, self.lets_last_pass = after, lets_last_pass
            self.said, self.is_cut = 0, False

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[near], daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self.target)) as far, contextlib.suppress(OSError):
            threading.Thread(target=self._back, args=[far, near], daemon=True).start()
            while chunk := near.recv(65536):
                if self._is_last():
                    if self.lets_last_pass:
                        far.sendall(chunk)
                        far.settimeout(0.2)  # until the server did it
                        with contextlib.suppress(OSError):
                            far.recv(1, socket.MSG_PEEK)
                    break
                far.sendall(chunk)
            for end in (near, far):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _is_last(self) -> bool:
        with self._lock:
            self.said += 1
            if self.after is not None and self.said > self.after:
                self.is_cut = True
            return self.is_cut

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := far.recv(65536):
                if not self.is_cut:
                    near.sendall(chunk)
