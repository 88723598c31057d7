"""Answers to the calls of the local API; one function a call, named as in `schema.calls`."""
