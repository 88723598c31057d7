"""What an agent is told to be: one YAML file, `ALARMINATI_*` variables and flags.

`load` is the only way to an `AgentConfig`; whatever it returns makes sense as a whole, and whatever
does not is a `ConfigError` of one sentence. Every key has one name everywhere: `listen.grpc` in the
file, `ALARMINATI_LISTEN_GRPC` as a variable, `--listen-grpc` as a flag.
"""

from alarminati.config.edge import Anonymous, HmacConfig, SourceConfig
from alarminati.config.loading import load, load_routing, load_sources
from alarminati.config.options import Option, options
from alarminati.config.quantities import Address, Duration, Size
from alarminati.config.refusal import ConfigError
from alarminati.config.routing import Route
from alarminati.config.schema import (
    AgentConfig,
    ChannelConfig,
    CheckConfig,
    Discovery,
    Limits,
    Listen,
    Log,
    Retention,
    Tls,
)
from alarminati.config.secret import Secret

__all__ = [
    "Address",
    "AgentConfig",
    "Anonymous",
    "ChannelConfig",
    "CheckConfig",
    "ConfigError",
    "Discovery",
    "Duration",
    "HmacConfig",
    "Limits",
    "Listen",
    "Log",
    "Option",
    "Retention",
    "Route",
    "Secret",
    "Size",
    "SourceConfig",
    "Tls",
    "load",
    "load_routing",
    "load_sources",
    "options",
]
