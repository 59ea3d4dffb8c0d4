"""The ways out that are on: webhooks always, e-mail once the operator has named a server."""

from __future__ import annotations

from collections.abc import Callable

from hub.notifying.delivering import Send
from hub.notifying.mail import Mail
from hub.notifying.settings import Settings, authorities
from hub.notifying.webhooks import Webhooks


def senders_of(settings: Settings, utc_ns: Callable[[], int]) -> dict[str, Send]:
    """By channel."""
    hooks = settings.webhooks
    senders: dict[str, Send] = {
        "webhook": Webhooks(hooks, authorities(hooks.ca_file), utc_ns=utc_ns)
    }
    if settings.mail is not None:
        tls = authorities(settings.mail.ca_file)
        senders["mail"] = Mail(settings.mail, tls, utc_ns=utc_ns)
    return senders
