"""Reads a folder of images that is not there."""

import os


def open_folder(root: str) -> list[str]:
    assert os.path.exists(root)
    return os.listdir(root)


open_folder("images")
