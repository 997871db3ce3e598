"""Processes that work together: one died, and the others tell of it."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.rule import Rule

_TASK = re.compile(r"/job:\w+/(?:replica:\d+/)?task:(\d+)")
_NAMED_AT_MOST = 8


def _missing_tasks(case: Case) -> str:
    """The tasks that a coordination service names as those that did not come: `tasks 1, 3`."""
    _, _, listed = case.said.partition("task names:")
    numbers = list(dict.fromkeys(_TASK.findall(listed[:2000])))[:_NAMED_AT_MOST]
    return f"task {', '.join(numbers)}" if numbers else ""


RULES = [
    Rule(
        name="address-not-reached",
        cause="distributed.peer",
        says=r"\bConnect to (?P<address>[\w.:-]{3,80}?)(?:<\d+>)? (?:failed|returned)[^\n]{0,40}"
        r"(?:No route to host|refused|timed out|unreachable)",
    ),
    Rule(
        name="hccl-timed-out",
        cause="distributed.peer",
        says=r"\bE[IJ]\d{4}(?:: |\): )|Hccl\w+, error code|HCCL[^\n]{0,60}(?:timeout|failed)|"
        r"\[ERROR\] HCCL\(|"
        r"NPU (?:function )?error[^\n]*\b107020\b",
        tail=True,
    ),
    Rule(
        name="coordination-timed-out",
        cause="distributed.peer",
        says=r"Barrier timed out\.? Id: |[Cc]oordination ?[Ss]ervice(?! (?:agent )?has (?:started|"
        r"stopped))[^\n]{0,200}(?:DEADLINE_EXCEEDED|UNAVAILABLE|timed out|[Ff]ailed|not "
        r"connected|unhealthy)|(?:DEADLINE_EXCEEDED|UNAVAILABLE)[^\n]{0,120}(?:[Cc]oordination|"
        r"RegisterTask|PjRT_Client|GetKeyValue|WaitAtBarrier)|"
        r"GetKeyValue\(\) timed out|unexpectedly tried to connect with a "
        r"different incarnation|Unexpected task (?:registered|/job:)|"
        r"[Ss]hutdown barrier[^\n]{0,40}failed",
        unless=r"[Hh]eartbeat",
        fill=lambda values, case: {"missing_tasks": _missing_tasks(case)},
    ),
    Rule(
        name="node-died",
        over_root=True,
        cause="distributed.peer",
        says=r"because its node has died|due to the node \(where|"
        r"(?:actor|task)'s node was terminated|node (?:was|has been) marked (?:as )?dead",
    ),
    Rule(
        name="worker-died",
        broad=True,
        over_root=True,
        cause="worker.crash",
        says=r"DataLoader worker \(pid(?:\(s\))?[ \d,]+\)|process pool was terminated abruptly|"
        r"process pool is not usable|One of the subprocesses has abruptly died|"
        r"A worker process managed by the executor was unexpectedly|(?:actor|"
        r"worker) (?:process )?(?:died|has died|crashed|exited|was killed|terminated)\b|"
        r"[Ww]orker[^\n]{0,40} (?:died|crashed|was killed|exited) (?:with|by|unexpectedly|on)|"
        r"worker (?:process |pid )?\d+ (?:died|crashed|was killed|was terminated|exited)|"
        r"[Ww]orker[^\n]{0,40}(?:killed by signal|died unexpectedly|exited unexpectedly|"
        r"exit(?:ed)? with code)|background workers? (?:is|are) no longer alive|(?:sub|child |"
        r"pool )process[^\n]{0,30}(?:died|crashed|exited unexpectedly|was killed)",
    ),
    Rule(
        name="worker-gone",
        cause="worker.crash",
        types=r"^(?:ConnectionResetError|EOFError|BrokenPipeError|ConnectionRefusedError)$",
        where=r"multiprocessing/(?:connection|resource_sharer|reduction|managers|queues)\.py",
        elsewhere=r"torch/distributed|multiprocessing/spawn\.py",
        plain=False,
    ),
    Rule(
        name="child-got-nothing",
        cause="code.error",
        types=r"^EOFError$",
        where=r"multiprocessing/spawn\.py",
        plain=False,
    ),
    Rule(
        name="worker-died-type",
        cause="worker.crash",
        types=r"BrokenProcessPool|TerminatedWorkerError|WorkerCrashedError|ActorDiedError|"
        r"EngineDeadError|RayActorError|WorkerLostError|ProcessExitedException",
        plain=False,
    ),
    Rule(
        name="kernel-died",
        unsure=True,
        cause="worker.crash",
        types=r"DeadKernelError$",
        plain=False,
    ),
    Rule(
        name="launched-died-by-signal",
        cause="process.signal",
        says=r"died with <Signals\.(?P<signal>SIG(?!TERM|INT|HUP)\w+)",
        where=r"[\\/](?:accelerate/commands/launch|torch/distributed/(?:run|launch)|"
        r"deepspeed/launcher/\w+|horovod/runner/\S+|colossalai/cli/\S+)\.py",
    ),
    Rule(
        name="child-died-by-signal",
        cause="worker.crash",
        says=r"died with <Signals\.(?P<signal>SIG\w+)",
        tail=True,
    ),
    Rule(
        name="peer-gone",
        broad=True,
        cause="distributed.peer",
        says=r"stopped sending heartbeats|JAX distributed service detected fatal errors|"
        r"remote process exited|Watchdog caught collective|Getting socket times out|"
        r"mismatch between collectives|NCCL operations have failed or timed out|"
        r"mlx5: \S+ got completion with error|Timed out (?:waiting|after)[^\n]{0,60}(?:clients|"
        r"recv|send|operation|rank|peer|barrier|join)|ncclRemoteError|ncclSystemError|"
        r"collective operation timeout|rank \d+[^\n]{0,40}(?:died|failed|lost|killed|"
        r"exited(?! on signal)|unreachable|not responding)|"
        r"[Ww]ait timeout after \d+ms|Socket Timeout|\d+/\d+ clients joined|"
        r"RendezvousTimeoutError|RendezvousConnectionError|"
        r"RendezvousClosedError|(?:peer|host|node) (?:is )?(?:lost|died|down|went away|failure)|"
        r"NCCL (?:error|communicator was aborted)|Application timeout caused pair closure|"
        r"failed to recv, got 0 bytes|gloo/transport|recvValue failed|sendBytes failed|"
        r"barrier[^\n]{0,60}time[d ]?out|node failure|NODE_FAIL|Broken pipe[^\n]{0,30}(?:rank|"
        r"store)|store->get|wait for barrier|Horovod has been shut down|"
        r"heartbeat[^\n]{0,40}(?:timeout|lost|missed)",
    ),
    Rule(
        name="peer-closed",
        cause="distributed.peer",
        says=r"Connection (?:closed|reset) by peer|Broken pipe|timed out",
        where=r"torch/distributed|accelerate/utils/operations|deepspeed|horovod",
        plain=False,
    ),
]
