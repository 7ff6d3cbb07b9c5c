"""Model registries behind one Protocol.

In: an address, names, versions. Out: what a registry holds, and the few writes that a reconcile needs. Never here: a
decision, a model that is loaded, or a registry that is created because an address was wrong.
"""
