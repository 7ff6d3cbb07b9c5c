"""The place where a repository is hosted and changes are discussed: what was reviewed there, and what it enforces.

In: the name of a repository or of a pull request. Out: reviews of exact commits, and the settings of a branch. The one
thing written is a pull request for a branch that stands there. Never here: a decision about who may approve, or an
answer when the forge did not give one.
"""
