"""Processes that work together: one died, and the others tell of it."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="worker-died",
        over_root=True,
        cause="worker.crash",
        title="A worker process died",
        means="A process that loads data or computes for this one ended without an answer.",
        why="Most often the kernel ended it for want of memory; or native code in it crashed.",
        todo=(
            (
                "Load data in the main process: the true error then shows itself",
                "--dataloader-num-workers 0",
            ),
            ("See whether the kernel killed it", "dmesg | grep -iE 'killed process|segfault'"),
        ),
        source="pytorch.org/docs/stable/data.html#multi-process-data-loading",
        says=r"DataLoader worker \(pid(?:\(s\))?[ \d,]+\)|"
        r"process pool was terminated abruptly|process pool is not usable|"
        r"One of the subprocesses has abruptly died|A worker process managed by the executor was "
        r"unexpectedly|"
        r"(?:actor|worker) (?:process )?(?:died|has died|crashed|exited|was killed|terminated)\b|"
        r"[Ww]orker[^\n]{0,40} (?:died|crashed|was killed|exited) (?:with|by|unexpectedly|on)|"
        r"worker (?:process |pid )?\d+ (?:died|crashed|was killed|was terminated|exited)|"
        r"[Ww]orker[^\n]{0,40}(?:killed by signal|died unexpectedly|exited unexpectedly|"
        r"exit(?:ed)? with code)|"
        r"(?:sub|child |pool )process[^\n]{0,30}(?:died|crashed|exited unexpectedly|was killed)",
    ),
    Rule(
        name="worker-died-type",
        cause="worker.crash",
        title="A worker process died",
        means="A process that computes for this one ended without an answer.",
        why="Most often the kernel ended it for want of memory; or native code in it crashed.",
        todo=(("See whether the kernel killed it", "dmesg | grep -iE 'killed process|segfault'"),),
        source="docs.python.org/3/library/concurrent.futures.html",
        types=r"BrokenProcessPool|TerminatedWorkerError|WorkerCrashedError|ActorDiedError|"
        r"RayActorError|"
        r"WorkerLostError|ProcessExitedException",
        plain=False,
    ),
    Rule(
        name="child-died-by-signal",
        cause="worker.crash",
        title="A program that was started died of {signal}",
        means="A process that this one had started was ended by a signal.",
        why="SIGKILL is most often want of memory, SIGSEGV a crash in native code.",
        todo=(("See whether the kernel killed it", "dmesg | grep -iE 'killed process|segfault'"),),
        source="docs.python.org/3/library/subprocess.html#subprocess.CalledProcessError",
        says=r"died with <Signals\.(?P<signal>SIG\w+)",
        tail=True,
    ),
    Rule(
        name="peer-gone",
        cause="distributed.peer",
        title="Another rank or host went away",
        means="This rank waited for another one, which had died or never came.",
        why="The first failure is in another rank: its log or torchrun's report names it.",
        todo=(
            ("Look at the rank that failed first", "grep -n 'Root Cause' -A 8 output.log"),
            ("Let every rank report", "TORCH_DISTRIBUTED_DEBUG=DETAIL NCCL_DEBUG=WARN"),
        ),
        source="pytorch.org/docs/stable/elastic/errors.html",
        says=r"remote process exited|Watchdog caught collective|"
        r"Timed out (?:waiting|after)[^\n]{0,60}(?:clients|recv|send|operation|rank|peer|barrier|"
        r"join)|"
        r"ncclRemoteError|ncclSystemError|collective operation timeout|rank \d+[^\n]{0,40}(?:died|"
        r"failed|exited|"
        r"lost|killed|unreachable|not responding)|[Ww]ait timeout after \d+ms|Socket Timeout|"
        r"\d+/\d+ clients joined|RendezvousTimeoutError|RendezvousConnectionError|"
        r"RendezvousClosedError|(?:peer|host|node) (?:is )?(?:lost|died|down|went away|failure)|"
        r"NCCL (?:error|communicator was aborted)|Application timeout caused pair closure|"
        r"failed to recv, got 0 bytes|gloo/transport|recvValue failed|sendBytes failed|"
        r"barrier[^\n]{0,60}time[d ]?out|node failure|NODE_FAIL|Broken pipe[^\n]{0,30}(?:rank|"
        r"store)|"
        r"store->get|wait for barrier|heartbeat[^\n]{0,40}(?:timeout|lost|missed)",
    ),
    Rule(
        name="peer-closed",
        cause="distributed.peer",
        title="Another rank or host went away",
        means="This rank talked to another one, which closed the connection.",
        why="The first failure is in another rank: its log or torchrun's report names it.",
        todo=(("Look at the rank that failed first", "grep -n 'Root Cause' -A 8 output.log"),),
        source="pytorch.org/docs/stable/distributed.html",
        says=r"Connection (?:closed|reset) by peer|Broken pipe|timed out",
        where=r"torch/distributed|accelerate/utils/operations|deepspeed|horovod",
        plain=False,
    ),
    Rule(
        name="rank-died",
        cause="distributed.peer",
        title="One of the ranks died",
        means="The launcher saw one of its processes die without a Python exception.",
        why="A signal ended it: out of memory (SIGKILL) or a crash in native code (SIGSEGV).",
        todo=(("See whether the kernel killed it", "dmesg | grep -iE 'killed process|segfault'"),),
        source="pytorch.org/docs/stable/elastic/errors.html",
        says=r"Signal \d+ \(SIG\w+\) received by PID|exitcode\s*: -\d+|"
        r"process \d+ terminated with signal",
        tail=True,
    ),
]
