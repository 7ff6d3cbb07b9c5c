"""What was measured of a release where it serves, and what a trigger says to it.

In: observations that another system writes, a trigger, a clock reading. Out: a verdict with the observations that it
rests on. Never here: a measurement of our own, an action, or a pass because nothing was heard.
"""
