"""Renderers: from judgements and plans to text and JSON.

In: values that are already decided. Out: strings. Never here: a decision, or text from a file that reaches a terminal
without being escaped.
"""
