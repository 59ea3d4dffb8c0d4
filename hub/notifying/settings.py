"""What the operator allows and gives: `notices.toml` beside the hub's keys. Without it webhooks reach the
public internet over https alone, and there is no e-mail.

```toml
[webhooks]
allow_hosts = ["intake.city.example", "10.3.0.7"]   # may be on a private network, and plain http
ca_file = "city-ca.pem"                             # instead of the system's authorities

[mail]
server = "smtp.city.example:587"
security = "starttls"                               # or "tls"; "none" only without a user
user = "edile"
password_file = "smtp-password"
sender = "Edile <edile@city.example>"
ca_file = "city-ca.pem"

[keep]
events_days = 30                                    # for live updates and for who was paused
notices_days = 90                                   # delivered or given up, with their log
```
"""

from __future__ import annotations

import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from hub.errors import HubStop

FILE = "notices.toml"
Security = Literal["starttls", "tls", "none"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys are refused."""


class WebhookSettings(_Part, frozen=True, kw_only=True):
    """`allow_hosts`: as they stand in the URL, lower case."""

    allow_hosts: tuple[str, ...] = ()
    ca_file: Path | None = None


class MailSettings(_Part, frozen=True, kw_only=True):
    """`server` is HOST:PORT."""

    server: str
    sender: str
    security: Security = "starttls"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.server.rpartition(":")
        return host.strip("[]"), int(port)

    def password(self) -> str:
        """HubStop when it cannot be read."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise HubStop(f"[mail] password_file {self.password_file}: {error}") from error


class Keep(_Part, frozen=True, kw_only=True):
    events_days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 30
    notices_days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 90


class Settings(_Part, frozen=True, kw_only=True):
    keep: Keep = Keep()
    webhooks: WebhookSettings = WebhookSettings()
    mail: MailSettings | None = None


def load(data_dir: Path) -> Settings:
    """HubStop naming what is wrong. File names in it are relative to `data_dir`."""
    file = data_dir / FILE
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error
    try:
        found = msgspec.toml.decode(content, type=Settings, dec_hook=_path)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HubStop(f"{file}: {error}") from error
    found = _placed(found, data_dir)
    try:
        fault = _fault(found)
    except HubStop as stop:
        raise HubStop(f"{file}: {stop}") from stop
    if fault is not None:
        raise HubStop(f"{file}: {fault}")
    return found


def authorities(ca_file: Path | None) -> ssl.SSLContext:
    """The system's without a file. HubStop for one that does not load."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise HubStop(f"ca_file {ca_file}: no CA certificate in PEM: {error}") from error


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


def _placed(found: Settings, folder: Path) -> Settings:
    hosts = tuple(host.lower() for host in found.webhooks.allow_hosts)
    webhooks = msgspec.structs.replace(
        found.webhooks, allow_hosts=hosts, ca_file=_in(folder, found.webhooks.ca_file)
    )
    mail = found.mail
    if mail is not None:
        mail = msgspec.structs.replace(
            mail,
            password_file=_in(folder, mail.password_file),
            ca_file=_in(folder, mail.ca_file),
        )
    return Settings(keep=found.keep, webhooks=webhooks, mail=mail)


def _in(folder: Path, file: Path | None) -> Path | None:
    return None if file is None else folder / file


def _fault(found: Settings) -> str | None:
    mail = found.mail
    for file in (found.webhooks.ca_file, mail.ca_file if mail is not None else None):
        if file is not None:
            authorities(file)
    if mail is None:
        return None
    mail.password()
    host, _, port = mail.server.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        return f"[mail] server {mail.server!r}: expected HOST:PORT"
    if "@" not in parseaddr(mail.sender)[1]:
        return f"[mail] sender {mail.sender!r}: expected an e-mail address"
    if (mail.user is None) != (mail.password_file is None):
        return "[mail] user and password_file go together"
    if mail.security == "none" and mail.user is not None:
        return "[mail] security 'none' would show the password to everybody on the way"
    return None
