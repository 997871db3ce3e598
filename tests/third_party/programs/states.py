"""What a program can tell of its surroundings, bytes of every kind, and an end as asked for."""

import os
import signal
import sys
from pathlib import Path

BYTES = [
    b"plain\n",
    b"bar 1/2\rbar 2/2\r\n",
    b"\x1b[31mred\x1b[0m\n",
    b"no text: \xff\xfe\x00\x80\n",
    "grüße\n".encode(),
]


def main() -> None:
    terminals = [os.isatty(number) for number in range(3)]
    print(terminals, Path.cwd(), os.umask(0o22), os.nice(0))
    for number, part in enumerate(BYTES * 200):
        os.write(1 + number % 2, part)
    os.write(1, b"without an end of line")
    how = sys.argv[1]
    if how.isdigit():
        sys.exit(int(how))
    os.kill(os.getpid(), signal.Signals[how])
    signal.pause()


if __name__ == "__main__":
    main()
