"""A child that ends in a chosen way, for tests that need a real one.

    python tests/child.py MODE
    LASTWORDS_TRAINER_COMMAND="python tests/child.py", and the run's base model is the mode

exits-N                        says a word, exits with N
dies-of-sigX                   says a word, dies of SIGX (dies-of-sigkill, dies-of-sigsegv, …)
ignores-sigterm                says `ready`, hears no SIGTERM
catches-sigterm                says `ready`; at SIGTERM says `saving`, then dies of SIGTERM
hangs                          says `ready`, sleeps
prints-invalid-utf8            bytes that are no text, a NUL, CRLF, half characters
prints-one-long-line           5 MB without a newline, then one
prints-without-newline         no newline at the end
prints-Nmb                     numbered lines with checksums (prints-300mb)
counts-N-then-MODE             N such lines, 2 ms apart, attested in the file `witness`; then MODE
waits-then-MODE                says nothing until there is a file `go` in its folder; then MODE
fills-disk                     writes zeros into its folder until the disk refuses
leaks-stdout                   exits 0; its own child left the session and keeps stdout
raises                         an exception with a cause
raises-Nkb, raises-Nmb         an exception with a message of that size, partly not ASCII
trains                         a pretend-trainer: events, a real small adapter, the finish marker
trains-slowly, trains-for-Ns   the same in about 20 s (N s), with a line every 50 ms
finishes-without-adapter, finishes-with-nan-adapter, finishes-with-truncated-adapter,
finishes-with-nan-loss, finishes-with-hostile-header, wrong-nonce
                               like trains, but one proof of completion is missing
fits-N-examples                trains; where more are computed at once, it is out of GPU memory
                               after step 1, with `-getting-on` a step later in each attempt
answers-from-attempt-N         trains; before attempt N it cannot reach the Hub
finishes-with-Ngb-adapter      like trains, with an adapter of so many gigabytes, all zeros

Standard library only. What waits, waits for at most two minutes.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import signal
import struct
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

LONGEST_WAIT = 120
LINE = 250  # bytes of a line of prints-Nmb
INVALID = (
    b"caf\xc3\xa9 \xff\xfe half \xe2\x82\r\nNUL \x00 \xf0\x9f\x99\n\xed\xa0\x80\rover\r\nend \xc3"
)


def main(arguments: Sequence[str]) -> None:
    mode = _flag(arguments, "base-model") or arguments[0]
    act_as(mode.rpartition("/")[2])


def act_as(mode: str) -> None:
    for pattern, act in _MODES:
        if match := re.fullmatch(pattern, mode):
            act(*match.groups())
            return
    raise SystemExit(f"child.py knows no mode {mode!r}")


def _flag(arguments: Sequence[str], name: str) -> str | None:
    for argument in arguments:
        if argument.startswith(f"--{name}="):
            return argument.partition("=")[2]
    return None


def _say(text: str) -> None:
    print(text, flush=True)


def _wait() -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(left)


# --- ends ----------------------------------------------------------------------------------------


def exits(code: str) -> None:
    _say(f"exits with {code}")
    sys.exit(int(code))


def dies_of(name: str) -> None:
    _say(f"dies of {name}")
    os.kill(os.getpid(), signal.Signals[name.upper()])
    _wait()


def ignores_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hangs()


def catches_sigterm() -> None:
    def save(number: int, _frame: object) -> None:
        _say("saving")
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, save)
    hangs()


def hangs() -> None:
    _say("ready")
    _wait()


def leaks_stdout() -> None:
    if os.fork() == 0:
        os.setsid()
        _wait()
        os._exit(0)
    _say("leaves a child behind")


def waits(then: str) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not Path("go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    act_as(then)


def fills_disk() -> None:
    with Path("checkpoint").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))


# --- words ---------------------------------------------------------------------------------------


def prints_invalid_utf8() -> None:
    os.write(1, INVALID)


def prints_one_long_line() -> None:
    sys.stdout.write("0123456789abcdef" * (5_000_000 // 16) + "\n")


def prints_without_newline() -> None:
    os.write(1, b"first\nlast words")


def prints_megabytes(megabytes: str) -> None:
    lines = int(megabytes) * 1_000_000 // LINE
    for begin in range(0, lines, 4000):
        data = b"".join(map(numbered_line, range(begin, min(begin + 4000, lines))))
        while data:
            data = data[os.write(1, data) :]


def numbered_line(number: int) -> bytes:
    """A line that tells its number and the checksum of it."""
    head = b"%010d" % number
    return b"%b %08x %b\n" % (head, zlib.crc32(head), b"." * (LINE - 21))


def counts(lines: str, then: str) -> None:
    """Attest each line once write(2) took it: bytes so far and their sha256, in one pwrite(2)."""
    witness = os.open("witness", os.O_WRONLY | os.O_CREAT, 0o600)
    said, total = hashlib.sha256(), 0
    for number in range(int(lines)):
        line = numbered_line(number)
        while line:
            written = os.write(1, line)
            said.update(line[:written])
            total += written
            os.pwrite(witness, struct.pack("<Q", total) + said.digest(), 0)
            line = line[written:]
        time.sleep(0.002)
    act_as(then)


def prints_hostile_text() -> None:
    """Text that attacks who shows it: markup, escape sequences, bidi, NUL, invalid UTF-8."""
    os.write(
        1,
        b"<script>alert(1)</script>\n<img src=x onerror=alert(2)>\n"
        b"\x1b]8;;javascript:alert(3)\x07click\x1b]8;;\x07\n\x1b]0;title\x07\x1b[2J\n"
        b"\xe2\x80\xaeevil\n\x00\xff\xfe\n\x1b[31mred\x1b[0m 10%\r20%\r100%\n",
    )
    sys.exit(1)


def raises() -> None:
    try:
        json.loads('{"text": "turn it on"}')["label"]
    except KeyError as error:
        raise ValueError("the example has no label") from error


def raises_long(size: str, unit: str) -> None:
    raise ValueError(long_message(int(size) * {"kb": 1000, "mb": 1_000_000}[unit]))


def long_message(size: int) -> str:
    """About `size` bytes of text in many lines, no two of them the same."""
    lines = ["the examples cannot be used:"]
    bytes_so_far = len(lines[0])
    while bytes_so_far < size:
        number = len(lines)
        noise = zlib.crc32(b"%d" % number)
        lines.append(f"example {number}: Größe {noise:x} ≠ {noise ^ number:o}, 数据 {noise} 🙂")
        bytes_so_far += len(lines[-1].encode()) + 1
    return "\n".join(lines)


# --- a pretend-trainer ---------------------------------------------------------------------------


class Trainer:
    """Does what the trainer does for the server, without learning anything."""

    def __init__(self, steps: int = 20, pause: float = 0.04) -> None:
        self.steps = steps
        self.pause = pause
        self.output = Path(_flag(sys.argv, "output-dir") or ".")
        self.events = os.environ.get("LASTWORDS_EVENTS")
        self.nonce = os.environ.get("LASTWORDS_NONCE")
        self.loss: float | None = 0.25

    def train(self) -> None:
        self._stage("load_examples", "8 rows, 0 skipped")
        self.event("dataset", samples=8, skipped=0)
        self._stage("load_model", None)
        self.event("stage_started", stage="train")
        begun = time.monotonic()
        for step in range(1, self.steps + 1):
            self._step(step)
        self._ended("train", begun, None)
        self._stage("save_adapter", None)

    def _step(self, step: int) -> None:
        epoch = 3 * step / self.steps
        loss = 0.25 + 1 / step
        _say(f"step {step} of {self.steps}, loss {loss:.4f}")
        self.event("progress", step=step, totalSteps=self.steps, epoch=epoch)
        rates = {"learningRate": 5e-5, "gradNorm": 1.0, "nonFinite": []}
        self.event("metric", step=step, epoch=epoch, loss=loss, **rates)
        time.sleep(self.pause)

    def _stage(self, name: str, detail: str | None) -> None:
        self.event("stage_started", stage=name)
        self._ended(name, time.monotonic(), detail)

    def _ended(self, name: str, begun: float, detail: str | None) -> None:
        seconds = round(time.monotonic() - begun, 3)
        self.event("stage_ended", stage=name, seconds=seconds, detail=detail)

    def save(self, *values: float, truncate: int = 0) -> None:
        """Write an adapter of one float32 tensor."""
        self.output.mkdir(parents=True, exist_ok=True)
        data = struct.pack(f"<{len(values)}f", *values)
        tensor = {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, len(data)]}
        header = json.dumps({"base_model.weight": tensor}).encode()
        whole = struct.pack("<Q", len(header)) + header + data
        (self.output / "adapter_config.json").write_text('{"peft_type": "LORA"}')
        (self.output / "adapter_model.safetensors").write_bytes(whole[: len(whole) - truncate])
        (self.output / "training_run.json").write_text('{"final_loss": 0.25}')

    def save_tensor(self, tensor: dict[str, object], size: int) -> None:
        """Write an adapter of one tensor as it is described, with so many zeros after it."""
        self.save()
        header = json.dumps({"base_model.weight": tensor}).encode()
        with (self.output / "adapter_model.safetensors").open("wb") as file:
            file.write(struct.pack("<Q", len(header)) + header)
            file.truncate(8 + len(header) + size)

    def finish(self) -> None:
        self.event(
            "finished",
            nonce=self.nonce,
            finalLoss=self.loss,
            samples=8,
            epochs=3,
            artifacts=str(self.output),
        )
        _say("finished")

    def event(self, event: str, **fields: object) -> None:
        if not self.events:
            return
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": moment, "event": event, **fields}) + "\n"
        descriptor = os.open(self.events, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line.encode())
        os.close(descriptor)


def trains(trainer: Trainer | None = None) -> None:
    trainer = trainer or Trainer()
    trainer.train()
    trainer.save(0.5, -1.25)
    trainer.finish()


def trains_slowly(seconds: str = "20") -> None:
    trains(Trainer(steps=int(seconds) * 20, pause=0.05))


def fits(examples: str, getting_on: str | None) -> None:
    batch, parts = (int(_flag(sys.argv, name) or 1) for name in ("batch-size", "accumulation"))
    if math.ceil(batch / parts) <= int(examples):
        return trains()
    trainer = Trainer()
    trainer.event("stage_started", stage="train")
    for step in range(1, (_attempt() if getting_on else 1) + 1):
        trainer._step(step)
    error = type("OutOfMemoryError", (RuntimeError,), {"__module__": "torch"})
    raise error("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has 1.02 GiB free.")


def answers(attempt: str) -> None:
    if _attempt() >= int(attempt):
        return trains()
    raise ConnectionError(
        "HTTPSConnectionPool(host='huggingface.co', port=443): Max retries "
        "exceeded (Caused by NewConnectionError('[Errno 111] Connection refused'))"
    )


def _attempt() -> int:
    """Which attempt of its run it is, as its folder tells."""
    return int(Path(_flag(sys.argv, "run-directory") or "1").name)


def finishes(*values: float, truncate: int = 0, **unlike: str | None) -> None:
    """unlike: what its finish marker says otherwise."""
    trainer = Trainer()
    trainer.save(*values, truncate=truncate)
    vars(trainer).update(unlike)
    trainer.finish()


def finishes_with_large_adapter(gigabytes: str) -> None:
    """Zeros take no room on a disk that knows sparse files."""
    trainer = Trainer()
    size = int(float(gigabytes) * 1e9) // 4 * 4
    trainer.save_tensor({"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}, size)
    trainer.finish()


def finishes_with_hostile_header() -> None:
    """4 MB of numbers of 4,000 digits, which to multiply takes most of a minute."""
    trainer = Trainer()
    shape = [10**4000 - 1] * 1000
    trainer.save_tensor({"dtype": "F32", "shape": shape, "data_offsets": [0, 8]}, 8)
    trainer.finish()


_MODES: list[tuple[str, Callable[..., None]]] = [
    (r"exits-(\d+)", exits),
    (r"dies-of-(sig\w+)", dies_of),
    ("ignores-sigterm", ignores_sigterm),
    ("catches-sigterm", catches_sigterm),
    ("hangs", hangs),
    (r"waits-then-(.+)", waits),
    ("fills-disk", fills_disk),
    ("leaks-stdout", leaks_stdout),
    ("prints-invalid-utf8", prints_invalid_utf8),
    ("prints-one-long-line", prints_one_long_line),
    ("prints-without-newline", prints_without_newline),
    (r"prints-(\d+)mb", prints_megabytes),
    (r"counts-(\d+)-then-(.+)", counts),
    ("prints-hostile-text", prints_hostile_text),
    ("raises", raises),
    (r"raises-(\d+)(kb|mb)", raises_long),
    ("trains", trains),
    ("trains-slowly", trains_slowly),
    (r"trains-for-(\d+)s", trains_slowly),
    (r"fits-(\d+)-examples(-getting-on)?", fits),
    (r"answers-from-attempt-(\d+)", answers),
    ("finishes-without-adapter", lambda: Trainer().finish()),
    ("finishes-with-nan-adapter", partial(finishes, 0.5, math.nan)),
    ("finishes-with-truncated-adapter", partial(finishes, 0.5, 1.0, truncate=3)),
    (r"finishes-with-([\d.]+)gb-adapter", finishes_with_large_adapter),
    ("finishes-with-hostile-header", finishes_with_hostile_header),
    ("finishes-with-nan-loss", partial(finishes, 0.5, 1.0, loss=None)),
    ("wrong-nonce", partial(finishes, 0.5, 1.0, nonce="of another attempt")),
]


if __name__ == "__main__":
    main(sys.argv[1:])
