"""The hub: records events, issues one work order per problem. Must not know the agent."""
