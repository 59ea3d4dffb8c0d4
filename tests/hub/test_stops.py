"""What a person mistypes ends in one line, and makes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import HubStop
from hub.identity import load_command_key, load_or_make_keys
from hub.store.engine import Database


def test_a_postgresql_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(HubStop, match=r"127\.0\.0\.1") as stopped:
        Database.open("postgresql://nobody:secret@127.0.0.1:1/none")
    assert "\n" not in str(stopped.value)
    assert "secret" not in str(stopped.value)


def test_showing_the_key_of_a_mistyped_folder_makes_no_new_keys(tmp_path: Path) -> None:
    with pytest.raises(HubStop, match="edile hub migrate"):
        load_command_key(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_key_that_gateways_get_is_the_public_half_of_the_hubs_own(tmp_path: Path) -> None:
    keys = load_or_make_keys(tmp_path)
    assert load_command_key(tmp_path).to_pem() == keys.command.public.to_pem()
