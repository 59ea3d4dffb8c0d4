"""What happens to orders by themselves: reminders, escalations, lateness, expiry, second looks, the end of
shelving. Each step once, whoever sweeps, however often it is stopped.

chunks      the sweep: steps that are due, one transaction for so many of them
cases       orders as steps find them
telling     reminders, escalations, lateness: they only tell
acting      expiry, second looks, the end of shelving: they change orders
addressing  whom a step reaches, and who is on duty there
running     the worker's loop
"""

from hub.sweeping.chunks import CHUNK, Swept, sweep, sweep_chunk
from hub.sweeping.running import commands_by, run

__all__ = ["CHUNK", "Swept", "commands_by", "run", "sweep", "sweep_chunk"]
