"""Hosts that do not answer."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="certificate-not-trusted",
        cause="network.unreachable",
        says=r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|certificate verify failed|"
        r"self[- ]signed certificate|(?:SSL|server) certificate problem",
    ),
    Rule(
        name="no-answer",
        cause="network.unreachable",
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
        r"connect|network",
        plain=False,
    ),
    Rule(
        name="said-no-answer",
        cause="network.unreachable",
        says=r"(?i)Name or service not known|: no such host\b|\bdial tcp\b|"
        r"Temporary failure in name resolution|"
        r"Connection refused|No route to host|Network is unreachable|Max retries exceeded|"
        r"We couldn't connect to '|Failed to (?:resolve|establish a new connection)|"
        r"nodename nor servname|getaddrinfo failed|"
        r"Couldn't connect to server|Failed to connect to|"
        r"(?:could not|cannot|couldn't|can't|unable to|failed to) (?:reach|connect|resolve|"
        r"contact)\b[^\n]{0,60}(?:\b(?:host|server|hub|hugging|internet|network|port|api|endpoint|proxy|url|"
        r"registry|service|cluster)\b|\w[.:]\w|//)|"
        r"could not (?:connect to|translate host|resolve host)|Couldn't reach |"
        r"(?:can't|cannot|could not) be reached at|WinError 100(?:54|60|61)\b|"
        r"Connection timed out|check your (?:internet|network) connection|"
        r"Can't connect to (?:MySQL )?server|network timed out|SSL: |"
        r"(?:client socket|connect\(\)|connection attempt)[^\n]{0,80}(?:timed out|failed to "
        r"connect)",
    ),
    Rule(
        name="download-broken",
        cause="network.unreachable",
        says=r"IncompleteRead|Connection (?:broken|aborted)|peer closed connection without|"
        r"50[0234] Server Error|HTTP Error 50[0234]|Read timed out|"
        r"Server disconnected|"
        r"Consistency check failed",
    ),
    Rule(
        name="socket-timeout",
        cause="network.unreachable",
        types=r"^(?:socket\.timeout|TimeoutError|ConnectionResetError|ConnectionAbortedError|"
        r"OSError)$",
        where=r"/(?:socket|ssl|http/client|urllib/request|urllib3/\S+|httpx\S*|requests/\S+|"
        r"httpcore\S*)",
        says=r"timed out|reset|unreachable|refused|aborted",
        plain=False,
    ),
]
