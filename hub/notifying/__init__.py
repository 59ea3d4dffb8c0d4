"""Telling others what happened: webhooks and e-mail, both off until somebody is to be told."""
