"""New specs and repositories: the text of files that a person would otherwise write by hand.

In: plain values, the organisation's typed policies, and what the wheel carries. Out: the bytes of new files. Never
here: a file that is written, a default that undercuts a floor, or a fact that only the team can know.
"""
