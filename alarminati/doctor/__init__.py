"""Why a connection to an agent fails, found out step by step.

Looks at each layer by itself, from the certificate files to the agent's state, and stops at the
first one that is ill, for all after it would only show symptoms. Says what it found as a `Finding`;
the sentences for people lie in `cli.doctor`.
"""
