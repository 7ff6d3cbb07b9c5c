"""Pure functions over numbers: resampling, intervals, frozen histograms.

In: arrays, a seed. Out: numbers, and the words of `specs.evidence` for them. Never here: a file, a model, a clock, or
chance that a seed does not fix.
"""
