"""Ports, servers and logins that are named in the message."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="port-in-use",
        over_root=True,
        cause="config.invalid",
        says=r"(?i)address already in use|EADDRINUSE|WinError 10048|only one usage of each socket|"
        r"port \d+ is (?:already )?(?:in use|occupied|taken)|failed to listen on any local network|"
        r"(?:cannot|could not|can't) find (?:an? )?(?:empty|free|open|available|unused) ports?\b|"
        r"no (?:free|open|available|unused) ports?\b|could not bind to (?:it|port|address)\b",
        tail=True,
    ),
    Rule(
        name="rate-limited",
        over_root=True,
        cause="network.unreachable",
        says=r"\b429 (?:Client Error|Too Many)|Too Many Requests|HTTP (?:Error |status )?429\b|"
        r"(?i:rate ?limit(?:ed)? (?:exceeded|reached|hit))|RateLimitError",
        tail=True,
    ),
    Rule(
        name="tracker-refused",
        cause="config.invalid",
        says=r"(?i)(?:\bwandb: ERROR|W&B)[^\n]{0,200}(?:permission denied|\b40[13]\b|unauthorized)|"
        r"^wandb: ERROR api_key not configured|permission denied to access wandb/|"
        r"failed to upsert bucket: [^\n]{0,80}\b40[134]\b|"
        r"^Permission denied, ask the project owner|"
        r"you do not have permission to access the requested resource",
    ),
    Rule(
        name="tracker-login",
        cause="config.invalid",
        types=r"(?:UsageError|AuthenticationError|CommError)$",
        says=r"(?i)api[_ ]key|token|log ?in|not configured|unauthorized",
        plain=False,
    ),
    Rule(
        name="vllm-too-long",
        over_root=True,
        cause="config.invalid",
        says=r"max(?:imum)? (?:seq(?:uence)?|model)[ _]len(?:gth)? ?\(?\d+\)?[\s\S]{0,240}KV cache"
        r"(?:[\s\S]{0,300}?maximum model length is (?P<length>\d+))?",
    ),
    Rule(
        name="vllm-no-room",
        cause="memory.gpu_oom",
        says=r"No available memory for the cache blocks|less than desired GPU memory utilization",
    ),
    Rule(
        name="engine-failed",
        weak=True,
        cause="unknown",
        says=r"Engine core initialization failed|Engine process failed to start",
    ),
    Rule(
        name="peer-not-reached",
        cause="distributed.peer",
        says=r"TCP client failed to (?:connect|validate)|client socket has (?:failed|timed out)|"
        r"\d+/\d+ clients joined|Rendezvous(?:Timeout|Connection|Closed)Error|"
        r"Timed out after \d+ seconds waiting for clients|failed to connect to any of the "
        r"rendezvous|DistNetworkError[^\n]*(?:timed out|connect)",
        unless=r"EADDRINUSE|already in use",
        tail=True,
    ),
]
