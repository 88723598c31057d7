"""Options of every gRPC channel and server: an idle connection is cheap, a dead one is noticed.

Options are set here only: one side without them is enough to spend several times the bytes. The
figures are bytes of whole packets per keepalive, measured with grpcio 1.85 and mutual TLS.
"""

from __future__ import annotations

from typing import Final

Options = tuple[tuple[str, int | str], ...]

DAY_MS: Final = 86_400_000

_BOTH: Final[Options] = (
    # Without it every message is followed by PINGs that estimate bandwidth: 739 B a beat, not 325.
    ("grpc.http2.bdp_probe", 0),
    # Below the default of 65535 nothing tops up the connection's window: 26 B less a beat.
    ("grpc.http2.lookahead_bytes", 60_000),
    # Never a keepalive PING (234 B each). The timeout is set all the same, for it becomes
    # TCP_USER_TIMEOUT: a writer into a dead network gets an error after 5 s instead of minutes.
    ("grpc.keepalive_time_ms", DAY_MS),
    ("grpc.keepalive_timeout_ms", 5_000),
)

CHANNEL: Final[Options] = (
    *_BOTH,
    # By default gRPC takes https_proxy and http_proxy, which let webhooks out of a closed network,
    # for calls within the cluster, too: no replica reached another, and each was master.
    ("grpc.enable_http_proxy", 0),
    # An agent restarts in less than a second; waiting the default second first would double that.
    ("grpc.initial_reconnect_backoff_ms", 200),
    # A healed network is to be noticed within 15 s; the default is 120.
    ("grpc.max_reconnect_backoff_ms", 15_000),
    # Names are asked again only when a connection broke; by default not before 30 s have passed.
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
)
"""Options of every client channel."""

SERVER: Final[Options] = (
    *_BOTH,
    # By default a second process may bind the same port and silently take half the connections.
    ("grpc.so_reuseport", 0),
    # Clients in other languages may send keepalive PINGs of their own; forbid only a flood of them.
    # The C macro's spelling (min_recv_ping_interval...) is silently ignored.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Calls of one connection at once; more of them wait at the client. By default there is no
    # bound: 90,000 calls that were opened and reset at once cost 53 MiB and held up others for
    # 1.5 s, with it 9 MiB and 80 ms.
    ("grpc.max_concurrent_streams", 200),
    # A client without a handshake is cut off; the default is 120 s.
    ("grpc.server_handshake_timeout_ms", 10_000),
)
"""Options of every server."""
