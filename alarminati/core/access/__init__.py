"""Folds of revocations, invitations and sealed secrets."""
