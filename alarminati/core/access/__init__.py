"""Revocations, invitations and sealed secrets: folds."""
