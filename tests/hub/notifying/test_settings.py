"""What the operator writes into notices.toml, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import HubStop
from hub.notifying.channels import senders_of
from hub.notifying.settings import FILE, Settings, load

MAIL = '[mail]\nserver = "smtp.example:587"\nsender = "Edile <edile@hub.example>"\n'


def of(folder: Path, text: str) -> Settings:
    (folder / FILE).write_text(text, encoding="utf-8")
    return load(folder)


def test_without_the_file_webhooks_go_to_the_public_internet_and_there_is_no_mail(
    tmp_path: Path,
) -> None:
    assert load(tmp_path) == Settings()
    assert set(senders_of(load(tmp_path), lambda: 0)) == {"webhook"}


def test_a_whole_file_is_read_and_its_files_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("se cret\n", encoding="utf-8")
    text = MAIL + 'user = "edile"\npassword_file = "password"\nsecurity = "tls"\n'
    found = of(tmp_path, text + '[webhooks]\nallow_hosts = ["Intake.City.example"]\n')
    assert found.webhooks.allow_hosts == ("intake.city.example",)
    assert found.mail is not None
    assert found.mail.host_and_port == ("smtp.example", 587)
    assert found.mail.password() == "se cret"
    assert set(senders_of(found, lambda: 0)) == {"webhook", "mail"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[webhook]\n", "unknown field `webhook`"),
        ("[mail]\nserver = 'smtp.example:587'\n", "missing required field `sender`"),
        (MAIL.replace(":587", ""), "expected HOST:PORT"),
        (MAIL.replace("587", "99999"), "expected HOST:PORT"),
        (MAIL.replace("edile@hub.example", "nobody"), "expected an e-mail address"),
        (MAIL + 'user = "edile"\n', "user and password_file go together"),
        (MAIL + 'security = "ssl"\n', "Invalid enum value"),
        (MAIL + 'user = "e"\npassword_file = "gone"\n', "password_file"),
        (MAIL + f'user = "e"\npassword_file = "{FILE}"\nsecurity = "none"\n', "show the password"),
        (MAIL + f'ca_file = "{FILE}"\n', "no CA certificate"),
        ('[webhooks]\nca_file = "gone.pem"\n', "no CA certificate"),
        ("[keep]\nevents_days = 0\n", "events_days"),
        ("not toml", "notices.toml"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(HubStop, match=FILE) as stopped:
        of(tmp_path, text)
    assert fault in str(stopped.value)
