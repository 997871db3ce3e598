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
        r"gaierror|URLError|ConnectionRefusedError|ProxyError|SSLError|MaxRetryError|"
        r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|"
        r"RemoteDisconnected|RemoteProtocolError|ConnectionResetError|ChunkedEncodingError|"
        r"ClientConnector\w*Error|SSLCertVerificationError|EndpointConnectionError|HfHubHTTPError|"
        r"LocalEntryNotFoundError|TimeoutException|PoolTimeout|ServerDisconnectedError|CommError|"
        r"InvalidSchema|IncompleteRead|ServerSelectionTimeoutError|MissingSchema|NetworkError)$",
        says=r"(?is)(?:https?://(?P<place>[^\s/'\"):]+)(?::\d+)?[^\s'\")]*)|host='(?P<name>[^']+)'|"
        r"refused|resol|Name or service|timed? ?out|unreachable|reset|disconnect|aborted|"
        r"connect|network",
        plain=False,
    ),
    Rule(
        name="said-no-answer",
        broad=True,
        cause="network.unreachable",
        says=r"(?i)Name or service not known|: no such host\b|\bdial tcp\b|getaddrinfo E|"
        r"connect E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH)\b|"
        r"Temporary failure in name resolution|Connection refused|No route to host|"
        r"Network is unreachable|Max retries exceeded|We couldn't connect to '|"
        r"Failed to (?:resolve|establish a new connection)|nodename nor servname|"
        r"getaddrinfo failed|Couldn't connect to server|Failed to connect to|(?:could not|cannot|"
        r"couldn't|can't|unable to|failed to) (?:reach|connect|resolve|"
        r"contact)\b[^\n]{0,60}(?:\b(?:host|server|hub|hugging|internet|network|port|api|endpoint|"
        r"proxy|url|registry|service|cluster)\b|\w[.:]\w|//)|could not (?:connect to|"
        r"translate host|resolve host)|Couldn't reach |(?:can't|cannot|could not) be reached at|"
        r"WinError 100(?:54|60|61)\b|Connection timed out|check your (?:internet|"
        r"network) connection|Can't connect to (?:MySQL )?server|network timed out|SSL: |"
        r"(?:client socket|connect\(\)|connection attempt)[^\n]{0,80}(?:timed out|"
        r"failed to connect)",
    ),
    Rule(
        name="download-broken",
        cause="network.unreachable",
        says=r"IncompleteRead|Connection (?:broken|aborted)|peer closed connection without|"
        r"50[0234] Server Error|HTTP Error 50[0234]|Read timed out|Server disconnected|"
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
