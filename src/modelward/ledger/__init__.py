"""The append-only, signed memory of all that was judged and done, on a git branch of its own.

In: records. Out: the state that they come to, verified back to the first. Never here: a record that is changed or
taken away, a commit that no machine signed, or a branch that moves back.
"""
