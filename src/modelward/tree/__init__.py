"""A repository at a commit, or a directory, read strictly: bytes in, typed specs with exact places out.

In: git objects or files. Out: a lazy `Snapshot`, problems with places, and spliced edits. Never here: a judgement, a
network, or a value whose text could be read in two ways.
"""
