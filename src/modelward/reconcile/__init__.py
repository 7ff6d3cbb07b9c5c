"""Make registries match what git says.

In: a snapshot at a commit, and registries. Out: a plan, and its execution with everything read back. A model never
waits for, or falls with, another. Never here: a write after a partial read, a removal that git does not ask for by
name, or a pointer moved to bytes that were not hashed.
"""
