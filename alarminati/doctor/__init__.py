"""Diagnosis of a connection to an agent, step by step.

Each layer is examined by itself, from the certificate files to the agent's state. The examination
stops at the first fault, because later steps would only show its symptoms. Results are `Finding`s;
the sentences for people are in `cli.commands.doctor`.
"""
