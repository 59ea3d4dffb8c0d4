"""The gateway: reads devices, decides locally, keeps everything, syncs. Must not know the hub."""
