"""Pure codecs, bytes to messages and back. Must not know: ports, clocks, logs, waiting, the contract."""
