"""The built-in measures of each task, as definitions over weighted rows: one serves the value and its resamples.

In: checked labels and predictions of one release. Out: numbers, NaN where the rows leave a measure undefined. Never
here: a bound, an interval, or a file.
"""
