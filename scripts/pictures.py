"""Take the pictures of the README, of a home that this fills: python scripts/pictures.py"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from e2e.conftest import LASTWORDS, LAUNCH, Server  # noqa: E402

IMAGES = ROOT / "docs" / "images"
TRAIN = """
import argparse, math, random

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=2e-4)
parser.add_argument("--per_device_train_batch_size", type=int, default=8)
parser.add_argument("--data", default="intents.jsonl")
flags = parser.parse_args()
random.seed(7)

def read_rows(path):
    row = {"text": "turn it on"} if path != "intents.jsonl" else {"completion": "ok"}
    return row["completion"]

def train_step(step):
    if flags.per_device_train_batch_size > 16 and step > 4:
        raise RuntimeError(
            "CUDA out of memory. Tried to allocate 1.96 GiB. GPU 0 has a total capacity of "
            "23.64 GiB of which 1.21 GiB is free. Including non-PyTorch memory, this process "
            "has 22.41 GiB memory in use."
        )
    fall = 60 / (1 + flags.lr * 3e4)
    return 0.35 + 2.1 * math.exp(-step / fall) + random.random() / 8

read_rows(flags.data)
for step in range(1, 41):
    loss = train_step(step)
    rate = flags.lr * (1 - step / 60)
    print({"loss": round(loss, 4), "learning_rate": rate, "epoch": step / 10}, flush=True)
    if step % 10 == 0:
        print({"eval_loss": round(loss + 0.1, 4), "epoch": step / 10}, flush=True)
"""
SIZE = "--per_device_train_batch_size"
RUNS = [
    ("lora lr 5e-5", ["sweep"], ["python", "train.py", "--lr", "5e-5"]),
    ("lora lr 1e-4", ["sweep"], ["python", "train.py", "--lr", "1e-4"]),
    ("lora lr 2e-4", ["sweep"], ["python", "train.py", "--lr", "2e-4", SIZE, "8"]),
    ("lora batch 32", ["sweep"], ["python", "train.py", "--lr", "2e-4", SIZE, "32"]),
    ("new intents", [], ["python", "train.py", "--data", "new.jsonl"]),
    ("on the cluster", [], ["torchrn", "--nproc_per_node", "2", "train.py"]),
    ("lora lr 5e-4", ["sweep"], ["python", "train.py", "--lr", "5e-4"]),
]


def record(server: Server, name: str, tags: list[str], command: list[str]) -> None:
    words = [LASTWORDS, "run", "--home", server.home, "--name", name, "--project", "assistant"]
    labels = [word for tag in tags for word in ("--tag", tag)]
    here = {"PATH": f"{LASTWORDS.parent}:{os.environ['PATH']}"}
    subprocess.run(
        [*words, *labels, "--quiet", "--", *command],
        cwd=server.home.parent,
        env=os.environ | here,
        stderr=subprocess.DEVNULL,
    )


def take(page: Page, server: Server) -> None:
    """The list with an error open, that run, and the sweep compared."""
    ids = {str(run["name"]): str(run["id"]) for run in server.api.list(20, "", "")}
    page.goto(f"{server.url}/?token={server.token}")
    row = page.get_by_role("row").filter(has_text="lora batch 32")
    row.get_by_role("button", name="Copy").wait_for()
    row.get_by_role("button", name="Expand error").click()
    page.get_by_role("region", name="Full error of").wait_for()
    page.locator("button:enabled", has_text="Copy bug report").wait_for()
    settle(page)
    page.screenshot(path=IMAGES / "runs.png")
    page.set_viewport_size({"width": 1366, "height": 1000})
    page.goto(f"{server.url}/runs/{ids['lora batch 32']}")
    page.get_by_text("What changed").wait_for()
    settle(page)
    page.screenshot(path=IMAGES / "run.png")
    swept = [ids[name] for name, tags, _ in RUNS if tags and name != "lora batch 32"]
    page.goto(f"{server.url}/compare?ids={','.join(swept)}")
    page.locator("canvas").first.wait_for()
    settle(page)
    page.screenshot(path=IMAGES / "compare.png")


def settle(page: Page) -> None:
    page.mouse.move(5, 500)
    page.wait_for_load_state("networkidle")


def main() -> None:
    place = Path(tempfile.mkdtemp(prefix="finetune-"))
    (place / "train.py").write_text(TRAIN)
    home = place / "home"
    home.mkdir(mode=0o700)
    server = Server(home, None)
    server.start()
    try:
        for run in RUNS:
            record(server, *run)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), chromium_sandbox=False, args=LAUNCH
            )
            size = {"width": 1366, "height": 760}
            take(browser.new_page(viewport=size, device_scale_factor=1.5), server)
            browser.close()
    finally:
        server.end()
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
