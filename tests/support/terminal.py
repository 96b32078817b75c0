"""A program on a terminal of its own, with a person in front of it: what is typed, and what is seen."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """Starts a command on a new pseudo-terminal. Use it in `with`."""

    def __init__(self, command, env, columns=100, rows=30):
        self.screen = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([str(word) for word in command], env={**env, "TERM": "xterm"}, stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=take_terminal)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
        os.close(self.master)

    def type(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def line(self, text):
        self.type(text + "\r")

    def ctrl(self, letter):
        self.type(bytes([ord(letter.upper()) - 64]))

    def read_on(self, deadline):
        """Waits for more on the screen; False when nobody is left who could write there."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came; the screen shows {self.screen!r}"
        try:
            more = os.read(self.master, 65536)
        except OSError:  # the other end is closed, and all that was written there is read
            return False
        self.screen += more
        return bool(more)

    def see(self, text, seconds=15.0):
        """Waits until the text is seen, and forgets what was shown before and with it."""
        wanted = text.encode()
        deadline = time.monotonic() + seconds
        while wanted not in self.screen:
            assert self.read_on(deadline), f"the program ended; the screen shows {self.screen!r}"
        seen, _, self.screen = self.screen.partition(wanted)
        return (seen + wanted).decode(errors="replace")

    def prompt(self, text="you> "):
        """Waits until the program asks for a line. By then it takes the keys itself: Ctrl-C is no signal, Ctrl-D no
        end of the input, whatever the terminal did with them before."""
        self.see(text)
        modes = termios.tcgetattr(self.master)[3]
        assert not modes & (termios.ICANON | termios.ISIG), "the prompt is there before the keys are taken"

    def ends(self, seconds=15.0):
        """Waits for the program's end and the last it wrote; answers its exit code."""
        deadline = time.monotonic() + seconds
        while self.read_on(deadline):
            assert time.monotonic() < deadline, f"the program goes on; the screen shows {self.screen!r}"
        return self.process.wait(max(1.0, deadline - time.monotonic()))
