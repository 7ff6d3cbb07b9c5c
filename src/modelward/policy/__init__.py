"""What applies to whom, read from the organisation's policies.

In: typed policies and the facts of one model. Out: levels, demands, windows. Never here: a file, or a judgement of a
model.
"""
