"""SSH keys and signatures.

In: the bytes of public keys. Out: keys that are known to be sound, and their fingerprints. Never here: a private key.
"""
