"""Evidence: what is measured of a release, written as documents that a release can pin.

In: labels, scores and groups as arrays; a model directory with rows to score. Out: measurements with their samples and
intervals, checks of the artifact, and the exact bytes of a document. Never here: a bound or a judgement (gates are
policy), a value for a measure that the rows do not define, or a model that is loaded by any module but `artifact`.
"""
