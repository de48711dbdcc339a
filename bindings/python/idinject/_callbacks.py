# SPDX-License-Identifier: Apache-2.0
"""The caller's functions inside calls of the library, through which no exception may go."""

import contextlib
import signal
import threading

from . import _structs as s
from ._library import check, lib


class Guard:
    """Runs the caller's functions for one call of the library. What they raise stops the call, and is
    raised when it has ended. So is Ctrl-C, which Python would lose: it raises where the interpreter is
    entered, before anything in there could catch it."""

    def __init__(self):
        self.raised = None
        self.is_stopped = False

    def run(self, function, *arguments):
        """For a C callback that stops on nonzero. The caller's `function`, which may be None, may return
        False to stop."""
        try:
            if self.raised is None and function is not None and function(*arguments) is False:
                self.is_stopped = True
        except BaseException as raised:  # noqa: B902 - nothing may unwind through C
            self.raised = raised
        return int(self.is_stopped or self.raised is not None)

    def progress(self, function):
        """A callback of `what, done, total` for the caller's function, or for none."""
        return s.PROGRESS(lambda _user, what, done, total: self.run(function, what.decode(), done, total))

    @contextlib.contextmanager
    def _interrupts(self):
        usual = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(usual):
            yield
            return

        def note(number, frame):
            try:
                usual(number, frame)
            except BaseException as raised:  # noqa: B902
                self.raised = raised

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, usual)

    def status(self, name, *arguments):
        """Calls the library, and gives its status or raises what was raised meanwhile."""
        with self._interrupts():
            status = getattr(lib, name)(*arguments)
        if self.raised is not None:
            raise self.raised
        return status

    def call(self, name, *arguments):
        check(self.status(name, *arguments))
