"""A Slurm of this machine for tests: munged, slurmctld and two slurmd.

Nothing of it is the machine's: not its munge, not its configuration, not its ports. Everything is
ended by its process, and what jobs left by the folder's name in their environment.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.executors.kit import archive
from tests.real import free_ports, until

from lastwords.executors.slurm import Settings, Slurm

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
CALL_SECONDS = 10
_CONF = """\
ClusterName=lastwords
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctl}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={place}/munge.sock,cred_expire=15
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool.%n
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.%n.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MinJobAge=300
SlurmdTimeout=60
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1} CPUs=8 RealMemory=1000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={n2} CPUs=8 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=n1 MaxTime=1 DefaultTime=1 State=UP
PartitionName=second Nodes=n2 MaxTime=INFINITE State=UP
PartitionName=spare Nodes=n2 MaxTime=INFINITE PreemptMode=CANCEL State=UP
PartitionName=first Nodes=n2 MaxTime=INFINITE PriorityTier=9 PreemptMode=OFF State=UP
"""


def missing() -> list[str]:
    """The programs of Slurm that are not installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


class Cluster:
    """It, running."""

    def __init__(self, place: Path, **instead: str) -> None:
        """instead: other values of settings of slurm.conf."""
        self.place = place
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {**os.environ, "SLURM_CONF": str(place / "slurm.conf")}
        self.environment["PATH"] = f"{os.environ['PATH']}:/usr/sbin:/sbin"
        for name in ("state", "spool.n1", "spool.n2", "jobs"):
            (place / name).mkdir(mode=0o755)
        ctl, n1, n2 = free_ports(3)
        words = {"host": socket.gethostname().partition(".")[0], "user": getpass.getuser()}
        text = _CONF.format(place=place, ctl=ctl, n1=n1, n2=n2, **words)
        for name, value in instead.items():
            text, count = re.subn(f"(?m)^{name}=.*$", f"{name}={value}", text)
            assert count == 1, name
        (place / "slurm.conf").write_text(text)
        archive(place)

    def start(self) -> None:
        key = self.place / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        files = {"key-file": "key", "socket": "sock", "pid-file": "pid", "seed-file": "seed"}
        named = [f"--{flag}={self.place}/munge.{end}" for flag, end in files.items()]
        log = f"--log-file={self.place}/munge.log"
        self._begin("munged", "munged", "--foreground", "--force", *named, log)
        until((self.place / "munge.sock").exists)
        self.begin_controller()
        self.begin_node("n1")
        self.begin_node("n2")
        until(lambda: self.ask("sinfo", "--noheader", "--format=%T %D") == "idle 2")

    def begin_controller(self, *flags: str) -> None:
        self._begin("slurmctld", "slurmctld", "-D", *flags)
        until(lambda: self.ask("sinfo") != "")

    def begin_node(self, name: str) -> None:
        self._begin(name, "slurmd", "-D", "-N", name)

    def revive(self) -> None:
        """Have nodes take jobs that Slurm has take none, whatever the test before did to it.

        A controller that was killed gives numbers of jobs away again, and drains a node that has
        one of that number.
        """
        told = self.ask("sinfo", "--noheader", "--Node", "--states=drain,down", "--format=%N")
        for name in set(told.split()):
            self.ask("scontrol", "update", f"NodeName={name}", "State=RESUME")

    def clear(self) -> None:
        """End the jobs that tests left, which would take the room of the next one's.

        A test is done once the server has a run's end; what sent it may still wait for an answer,
        and its job with it. The one that waits for its time limit (`short`) belongs to all tests.
        """
        if left := self._jobs():
            self.ask("scancel", "--signal=KILL", "--full", *left)
            self.ask("scancel", *left)
            until(lambda: not self._jobs())

    def _jobs(self) -> list[str]:
        told = self.ask("squeue", "--noheader", "--format=%i %P").splitlines()
        return [line.split()[0] for line in told if not line.endswith(" short")]

    def _begin(self, name: str, *words: str) -> None:
        with (self.place / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                words,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Have one of its processes gone at once."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def ask(self, *words: str) -> str:
        """What a command says; nothing where it fails, or gives no answer in time."""
        try:
            done = subprocess.run(
                words, env=self.environment, capture_output=True, timeout=CALL_SECONDS, text=True
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    def told(self) -> str:
        """What a reader of a failed test asks for: its jobs, nodes and the ends of its logs."""
        asked = [self.ask("scontrol", "show", what, "--oneliner") for what in ("job", "node")]
        logs = [self.place / f"{name}.log" for name in ("slurmctld", "slurmd.n1", "slurmd.n2")]
        return "\n\n".join(asked + [log.read_text()[-4000:] for log in logs])

    def engine(self, url: str) -> Slurm:
        """The engine that places on it, whatever the environment says."""
        settings = Settings(
            python=sys.executable,
            pyz=str(self.place / "lw.pyz"),
            url=url,
            spool=str(self.place / "jobs"),
            environment={"SLURM_CONF": str(self.place / "slurm.conf"), **_at_home(self.place)},
        )
        named = [f"{name}={self.environment[name]}" for name in ("SLURM_CONF", "PATH")]
        return Slurm(settings, prefix=["env", *named])

    def workers(self, words: str) -> list[int]:
        """The processes whose command line holds these words."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdecimal() and words.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def of_job(self, job: str) -> list[int]:
        """What Slurm has beside each step of a job, first, and what the job started.

        Another cluster of this machine has jobs of these numbers, too; what sends a run is not told
        the cluster.
        """
        beside, started = [], []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if not entry.name.isdecimal():
                    continue
                told = (entry / "environ").read_bytes()
                named = re.search(rb"(?:^|\0)SLURM_CONF=([^\0]*)", told)
                if named and named[1] != self.environment["SLURM_CONF"].encode():
                    continue
                if (entry / "cmdline").read_bytes().startswith(f"slurmstepd: [{job}.".encode()):
                    beside.append(int(entry.name))
                elif f"\0SLURM_JOB_ID={job}\0".encode() in told:
                    started.append(int(entry.name))
        return beside + started

    def left(self) -> list[int]:
        """What it and its jobs started and left, by their environment."""
        mark = re.compile(f"={re.escape(str(self.place))}[/\0]".encode())
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                own = entry.name.isdecimal() and int(entry.name) != os.getpid()
                if own and mark.search((entry / "environ").read_bytes()):
                    found.append(int(entry.name))
        return found

    def end(self) -> None:
        """End all of it, and what it started; nothing of it is used again."""
        for name in list(self.processes):
            self.kill(name)
        for pid in self.left():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _at_home(place: Path) -> dict[str, str]:
    return {"HOME": str(place)}
