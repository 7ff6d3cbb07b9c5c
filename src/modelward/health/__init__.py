"""The health of everything that the system leans on: this machine, the clone, policies, registries, the forge.

In: a folder, a commit, the time, and which registries and which forge are to be asked. Out: one outcome a check, each
with its reason and the next command. Never here: a write, an exception that ends a run because one thing is unwell, or
an `Ok` for what could not be looked at.
"""
