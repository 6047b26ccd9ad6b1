"""Run a command in a pseudo-terminal of some kind and print what it shows there.

    python -m tests.terminals KIND COLUMNS COMMAND...

KIND: `talking` answers what it is asked (DA1), `mute` never does, `no-size` has 0 x 0 cells,
`stdin-null` has a keyboard that is no terminal.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

REPO = Path(__file__).parents[1]
QUESTION, ANSWER = b"\x1b[c", b"\x1b[?62;22c"


def shown_in(kind: str, command: list[str], *, columns: int = 80) -> tuple[int, str]:
    """Return the exit code of `command` and all that a terminal of this kind was told."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.terminals", kind, str(columns), *command],
        cwd=REPO,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode()


def main(kind: str, columns: str, *command: str) -> int:
    """Be the terminal."""
    child, screen = pty.fork()
    if child == 0:
        size = (0, 0) if kind == "no-size" else (24, int(columns))
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        if kind == "stdin-null":
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        env = {name: text for name, text in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        os.execvpe(command[0], command, {**env, "TERM": "xterm-256color"})
    told = b""
    while True:
        try:
            data = os.read(screen, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        told += data
        if kind == "talking" and QUESTION in data:
            os.write(screen, ANSWER)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, told)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
