"""The text of an invitation: short, and mangled ones are told apart from others (G7)."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.pki.authority import Authority, Issued, PkiError
from alarminati.pki.invitations import MARK, InvitationText, letter, read, write
from alarminati.wire.identity import Role

AUTHORITY = Authority.create("seoul-1")
ISSUED = AUTHORITY.issue(Role.INVITEE, "0123456789abcdef", days=1)
LETTER = letter(ISSUED, ["alarms.example.com:7443"], "w-sharing", "seoul-1", complete=False)
TEXT = write(LETTER)


def test_it_comes_back_as_it_was() -> None:
    assert read(TEXT) == LETTER
    assert read(TEXT).issued() == ISSUED
    assert len(TEXT) < 700, "fits a QR code that fits a terminal"
    assert set(TEXT.removeprefix(MARK)) <= set(string.ascii_letters + string.digits + "-_")


def test_line_breaks_blanks_and_quotes_do_not_matter() -> None:
    wrapped = "\n  ".join(TEXT[at : at + 60] for at in range(0, len(TEXT), 60))
    for text in (f"  {TEXT}\n", f'"{TEXT}"', f"<{TEXT}>", wrapped, f"\ufeff{TEXT}\r\n"):
        assert read(text) == LETTER


@given(st.integers(len(MARK), len(TEXT) - 1), st.sampled_from("Aa0-_"))
def test_any_changed_character_is_noticed(at: int, other: str) -> None:
    changed = TEXT[:at] + other + TEXT[at + 1 :]
    if changed == TEXT or at == len(TEXT) - 1:  # of the last one some bits stand for nothing
        return
    with pytest.raises(PkiError, match="mangled"):
        read(changed)


@given(st.integers(len(MARK), len(TEXT) - 1))
def test_a_piece_is_noticed(length: int) -> None:
    with pytest.raises(PkiError, match="mangled"):
        read(TEXT[:length])


@given(st.text())
def test_anything_else_is_refused_and_nothing_else_happens(text: str) -> None:
    for attempt in (text, MARK + text):
        with pytest.raises(PkiError):
            read(attempt)


def test_a_later_version_is_told_apart() -> None:
    later = InvitationText(2, False, [], "", "", [], b"", b"")
    with pytest.raises(PkiError, match="later version"):
        read(write(later))


def test_a_key_that_does_not_fit_is_refused() -> None:
    other = AUTHORITY.issue(Role.VIEWER, "x", days=1)
    mixed = Issued(ISSUED.ca, ISSUED.certificate, other.key)
    made = letter(mixed, [], "", "", complete=True)
    with pytest.raises(PkiError, match="not that of its certificate"):
        read(write(made)).issued()


def test_its_picture_holds_no_secret() -> None:
    assert repr(LETTER) == "Letter(...)"


def test_texts_of_old_can_be_read() -> None:
    """What certificates have in common is part of the format: it may not change."""
    old = (Path(__file__).parent / "invitation.txt").read_text()
    assert read(old).agents == ["alarms.example.com:7443"]
