"""What splits requests between champion and challenger, behind one Protocol.

In: an environment's `traffic:`, and registries that are open. Out: what is routed and what really serves, and the
writes that a rollout needs. Never here: a decision about weights, a model that is loaded, or an answer that could not
be read taken for no traffic.
"""
