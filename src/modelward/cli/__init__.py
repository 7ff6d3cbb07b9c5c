"""The command line: one file a verb, each thin, each loaded only when it is asked for.

In: arguments, options, `MODELWARD_*` variables. Out: a report on standard output, progress and errors on standard
error, an exit code. Never here: a decision, or a way around one.
"""
