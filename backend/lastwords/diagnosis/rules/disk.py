"""Disks that are full, and places that may not be written."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.rule import Rule, Values

_PATH = re.compile(r"['\"<](?P<path>/[^'\">\n]{1,400})['\">]")


def path_of(values: Values, case: Case) -> Values:
    """The path that the message names."""
    text = "\n".join(part.said for part in case.parts) or "\n".join(
        line.text for line in case.error_lines[-4:]
    )
    found = _PATH.search(text) or re.search(r"(?P<path>/[\w./@+-]+)", text)
    quoted = re.search(r"['\"](?P<path>[^'\"\n]{1,300}/?[^'\"\n]*)['\"]", text)
    path = found["path"] if found else (quoted["path"] if quoted else "")
    return {"path": path, "folder": path.rpartition("/")[0] or "."}


RULES = [
    Rule(
        name="disk-full",
        cause="disk.full",
        title="The disk, quota or size limit is full",
        means="A write failed because there was no room, whatever the serializer called it.",
        why="Checkpoints and caches grew past the disk, the quota, or `ulimit -f`.",
        todo=(
            ("See what is full", "df -h . /tmp; df -i .; quota -s; ulimit -f"),
            ("See what is large", "du -xh --max-depth=2 {folder} | sort -h | tail"),
            ("Keep fewer checkpoints", "--save-total-limit 2"),
        ),
        source="man7.org/linux/man-pages/man3/errno.3.html",
        says=r"(?i)\[Errno (?:28|122|27)\]|os error (?:28|122|27)\b|No space left on device|"
        r"Disk quota exceeded|File too large|database or disk is full|"
        r"File size limit exceeded|not enough (?:free )?(?:disk )?space|disk (?:is )?full|"
        r"PytorchStreamWriter failed writing|enforce fail at inline_container\.cc:\d+\] \. "
        r"unexpected pos|insufficient (?:disk )?space|out of disk|errno 28\b|"
        r"low on resource: ephemeral-storage|ephemeral[- ]storage[^\n]{0,60}(?:limit|exceed)|"
        r"basic_ios::clear: iostream error|file write failed|Wrote only \d+ of \d+ bytes|"
        r"\b\d+ requested and \d+ written|write error: No space",
        tail=True,
        fill=path_of,
    ),
    Rule(
        name="cache-not-writable",
        cause="model.cache_unreadable",
        title="The model cache may not be read or written",
        means="The cache folder of the Hugging Face libraries is not accessible to this user.",
        why="It was filled by another user (often root), or is mounted read-only.",
        todo=(
            ("See who owns it", "ls -ld {path}; id"),
            ("Take it over", "sudo chown -R $(id -u):$(id -g) {path}"),
            ("Or use another cache", "export HF_HOME=$HOME/.cache/huggingface"),
        ),
        source="huggingface.co/docs/huggingface_hub/guides/manage-cache",
        says=r"(?is)(?:Permission denied|Operation not permitted|Read-only file system|"
        r"\[Errno (?:13|1|30|20)\]|os error (?:13|1|30)\b|PermissionError)"
        r".{0,400}?(?:huggingface|/hub/|models--|hf_home|hf[_-]cache|transformers_cache|"
        r"\.cache|/blobs/|/snapshots/|\.no_exist|\.locks|/xet/)|"
        r"(?:model|hub|hugging ?face) cache [^\n]{0,80}(?:permission denied|not (?:readable|"
        r"writable))|"
        r"\bHF_(?:HOME|HUB_CACHE)\b[^\n]{0,80}(?:not (?:readable|writable)|permission|read-only)|"
        r"trying to write in your cache folder|cache (?:folder|directory|dir)[^\n]{0,60}"
        r"(?:not writable|permission|cannot be)|TRANSFORMERS_CACHE[^\n]{0,60}(?:permission|"
        r"writable)",
        fill=path_of,
    ),
    Rule(
        name="hub-files-refused",
        cause="model.cache_unreadable",
        title="The model cache may not be read or written",
        means="The Hugging Face libraries were refused a file of their own: cache, lock or token.",
        why="It was made by another user (often root), or is mounted read-only.",
        todo=(
            ("See who owns it", "ls -ld {path}; id"),
            ("Or use a cache of your own", "export HF_HOME=$HOME/.cache/huggingface"),
        ),
        source="huggingface.co/docs/huggingface_hub/guides/manage-cache",
        types=r"^PermissionError$",
        where=r"/huggingface_hub/",
        plain=False,
        fill=path_of,
    ),
    Rule(
        name="database-not-readable",
        cause="data.db_unreadable",
        title="No rights to the database",
        means="The operating system refused to open the database file.",
        why="Owner or mode of the file or its folder do not fit the user that trains.",
        todo=(
            ("See who owns it", "ls -ld {path} {folder}; id"),
            ("Let this user read it", "sudo chmod u+rw {path}; sudo chown $(id -un) {path}"),
        ),
        source="www.sqlite.org/rescode.html#readonly",
        types=r"PermissionError|OSError",
        says=r"(?:Permission denied|Operation not permitted|Read-only)[^\n]{0,200}\.(?:db|sqlite3?|"
        r"db-wal|db-shm|db-journal)\b",
        plain=True,
        fill=path_of,
    ),
    Rule(
        name="folder-not-made",
        cause="code.error",
        title="The folder to write into does not exist",
        means="A file was opened for writing in a folder that is not there.",
        why="open() makes the file, and no folder: the code never made it, or the path is wrong.",
        todo=(
            ("Make the folder first", "mkdir -p {folder}"),
            ("See what is there", "ls -la {folder}"),
        ),
        source="docs.python.org/3/library/functions.html#open",
        types=r"^FileNotFoundError$",
        says=r"\[Errno 2\][^\n]*: '(?P<path>[^'\n]+)'",
        code=r"open\([^\n]*(?:,|mode=) ?[rbf]?['\"](?:[wax]b?\+?|[wax]\+?b?t?)['\"][^\n]*\Z",
        plain=False,
        fill=path_of,
    ),
    Rule(
        name="not-allowed",
        cause="disk.permission",
        title="A path may not be written or read",
        means="The operating system refused access to a path.",
        why="Another owner, a read-only mount, an immutable file, or a file where a folder is "
        "needed.",
        todo=(
            ("See owner, mode and mount", "ls -ld {path}; findmnt -T {path}; id"),
            ("Write somewhere else", "--output-dir $HOME/output"),
        ),
        source="man7.org/linux/man-pages/man3/errno.3.html",
        says=r"(?i)\[Errno (?:13|1|30|20|21|17)\]|os error (?:13|1|30|20|21|17)\b|"
        r"Read-only file system|Operation not permitted|Permission denied|"
        r"cannot be opened|is not writ(?:e)?able|not a directory|"
        r"no write (?:permission|access)|EACCES|EROFS",
        types=r"",
        fill=path_of,
    ),
]
