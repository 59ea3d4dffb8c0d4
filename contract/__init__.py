"""The wire between gateways, hub and simulators: every shape that crosses it, and nothing else.

Must not know: the agent, the hub, the bridges, event loops, databases. Imports neither shapely
(`contract.areas`) nor httpx (`contract.client`); a gateway that weighs trucks pays for neither.
"""
