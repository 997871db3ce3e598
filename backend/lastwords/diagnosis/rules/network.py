"""Hosts that do not answer."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="no-answer",
        cause="network.unreachable",
        title="A host could not be reached{host}",
        means="A connection was refused, timed out, or the name of the host is not known.",
        why="No way to the internet from this machine, a proxy or firewall, or the service is "
        "down.",
        todo=(
            ("Ask the host yourself", "curl -sSI {url}"),
            (
                "Once the cache holds what is needed, train without the network",
                "export HF_HUB_OFFLINE=1",
            ),
        ),
        source="huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
        types=r"(?:^|\.)(?:ConnectionError|ConnectTimeout|ConnectError|ReadTimeout|ReadError|"
        r"gaierror|URLError|"
        r"ConnectionRefusedError|ProxyError|SSLError|MaxRetryError|NewConnectionError|"
        r"NameResolutionError|ConnectTimeoutError|ReadTimeoutError|RemoteDisconnected|"
        r"RemoteProtocolError|ConnectionResetError|ChunkedEncodingError|ClientConnector\w*Error|"
        r"SSLCertVerificationError|EndpointConnectionError|HfHubHTTPError|LocalEntryNotFoundError|"
        r"TimeoutException|PoolTimeout|ServerDisconnectedError|CommError|InvalidSchema|"
        r"IncompleteRead|ServerSelectionTimeoutError|MissingSchema|NetworkError)$",
        says=r"(?is)(?:https?://(?P<place>[^\s/'\"):]+)(?::\d+)?[^\s'\")]*)|host='(?P<name>[^']+)'|"
        r"refused|resol|Name or service|timed? ?out|unreachable|reset|disconnect|aborted|"
        r"certificate|connect|network",
        plain=False,
        fill=lambda values, case: {
            "host": f": {values.get('place') or values.get('name')}"
            if values.get("place") or values.get("name")
            else " ",
            "url": f"https://{values.get('place') or values.get('name') or ''}"
            if values.get("place") or values.get("name")
            else "",
        },
    ),
    Rule(
        name="said-no-answer",
        cause="network.unreachable",
        title="A host could not be reached",
        means="A connection was refused, timed out, or the name of the host is not known.",
        why="No way to the internet from this machine, a proxy or firewall, or the service is "
        "down.",
        todo=(("See whether names resolve", "getent hosts huggingface.co"),),
        source="docs.python.org/3/library/socket.html",
        says=r"(?i)Name or service not known|: no such host\b|\bdial tcp\b|"
        r"Temporary failure in name resolution|"
        r"Connection refused|No route to host|Network is unreachable|Max retries exceeded|"
        r"We couldn't connect to '|Failed to (?:resolve|establish a new connection)|"
        r"nodename nor servname|getaddrinfo failed|CERTIFICATE_VERIFY_FAILED|"
        r"Couldn't connect to server|Failed to connect to|"
        r"(?:could not|cannot|couldn't|can't|unable to|failed to) (?:reach|connect|resolve|"
        r"contact)\b[^\n]{0,60}(?:\b(?:host|server|hub|hugging|internet|network|port|api|endpoint|proxy|url|"
        r"registry|service|cluster)\b|\w[.:]\w|//)|"
        r"could not (?:connect to|translate host|resolve host)|Couldn't reach |"
        r"Connection timed out|check your (?:internet|network) connection|"
        r"Can't connect to (?:MySQL )?server|network timed out|SSL: |"
        r"(?:client socket|connect\(\)|connection attempt)[^\n]{0,80}(?:timed out|failed to "
        r"connect)",
    ),
    Rule(
        name="download-broken",
        cause="network.unreachable",
        title="A download broke off",
        means="The server closed the connection, or answered that it cannot serve now.",
        why="The network or the service failed in the middle of a transfer.",
        todo=(("Start it again: what was downloaded is kept", None),),
        source="huggingface.co/docs/huggingface_hub/guides/download",
        says=r"IncompleteRead|Connection (?:broken|aborted)|peer closed connection without|"
        r"(?:50[0234]|429) (?:Server|Client) Error|HTTP Error (?:50[0234]|429)|Read timed out|"
        r"Server disconnected|"
        r"Too Many Requests for url|Consistency check failed",
    ),
    Rule(
        name="socket-timeout",
        cause="network.unreachable",
        title="A host did not answer in time",
        means="A network call ran out of its time.",
        why="The host is down, far away, or behind a firewall that drops packets.",
        todo=(("Ask the host yourself", "curl -sSI https://huggingface.co"),),
        source="docs.python.org/3/library/socket.html#socket.timeout",
        types=r"^(?:socket\.timeout|TimeoutError|ConnectionResetError|ConnectionAbortedError|"
        r"OSError)$",
        where=r"/(?:socket|ssl|http/client|urllib/request|urllib3/\S+|httpx\S*|requests/\S+|"
        r"httpcore\S*)",
        says=r"timed out|reset|unreachable|refused|aborted",
        plain=False,
    ),
]
