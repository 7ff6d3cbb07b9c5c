"""The judgement of a change: what it is, who made it, who signed exactly that, and what rules say of it.

In: two snapshots of a repository, the commits between them, and a time. Out: a verdict with every slot and finding.
Base judges head: policies, people, validators and roles come from the base, only their subjects from the head. Never
here: code from the head, the working tree, or a way in which something is allowed because something was missing.
"""
