"""Typed specs: what a governed file means once it has been read.

In: plain values from a strict reader (mappings, tuples, strings, numbers, booleans, None). Out: frozen, strict models.
Never here: files, clocks, networks, coercion of one type into another, or a default that allows something.
"""
