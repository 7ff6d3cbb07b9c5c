"""modelward: governance of machine-learning models from git.

Data runs one way: specs -> tree -> policy -> rules -> registry -> evidence -> reconcile -> report -> cli. A package
imports only from packages before it in that line.
"""

__version__ = "0.1.0"
